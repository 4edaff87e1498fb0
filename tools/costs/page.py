"""Write the computed part of docs/cost.md: the bill of every model folder.

AWS_REGION=us-east-1 bash pipeline.sh -s prod --all --cost --json | python tools costs.page
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tools.costs.prices import USUAL

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"
BEGIN, END = "<!-- computed by tools/costs/page.py -->\n", "<!-- end -->\n"
# The number of requests that the second table shows.
SHOWN = 1_000_000

Months = dict[str, Any]
"""The output of --cost for each model, by name."""


def months(printed: Any) -> Months:
    """The months in the output of a run with --all."""
    found = {name: run["output"] for name, run in printed.items()}
    if any(month["region"] != USUAL for month in found.values()):
        raise ValueError(f"the page is about {USUAL}: export AWS_REGION={USUAL}")
    return found


def totals(found: Months) -> str:
    """One row per model; in brackets, what remains beyond an account's free amounts."""
    lines = ["| | no request | 10 thousand | 1 million | 100 million |", "|---|---|---|---|---|"]
    for name, month in found.items():
        pairs = zip(month["dollars"], month["dollars_beyond_free"], strict=True)
        lines.append(f"| {name} | " + " | ".join(f"{all_of_it:.2f} ({left:.2f})" for all_of_it, left in pairs) + " |")
    return "\n".join(lines) + "\n"


def bill(found: Months) -> str:
    """One row per billed item, one column per model, at SHOWN requests."""
    by_name = {
        name: {line["what"]: line["dollars"][month["requests"].index(SHOWN)] for line in month["lines"]}
        for name, month in found.items()
    }
    everything = list(dict.fromkeys(what for lines in by_name.values() for what in lines))
    rows = ["| 1 million requests | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    for what in everything:
        cells = (f"{lines[what]:.2f}" if what in lines else "" for lines in by_name.values())
        rows.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def assumed(found: Months) -> str:
    rows = [
        "| | warm, ms | cold, ms | custom metrics | log, bytes a request | answer, bytes |",
        "|---|---|---|---|---|---|",
    ]
    for name, month in found.items():
        said = month["assumed"]
        cells = (f"{said['warm_ms']:g}", f"{said['cold_ms']:g}", said["custom_metrics"], said["log_bytes"])
        rows.append(f"| {name} | " + " | ".join(map(str, (*cells, said["answer_bytes"]))) + " |")
    return "\n".join(rows) + "\n"


def page(text: str, found: Months) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    day = next(iter(found.values()))["prices_of"]
    said = f"\nList prices of {day}, {USUAL}, without taxes.\n\n"
    return before + BEGIN + totals(found) + said + bill(found) + "\n" + assumed(found) + END + after


if __name__ == "__main__":
    try:
        PAGE.write_text(page(PAGE.read_text(), months(json.load(sys.stdin))))
    except (KeyError, TypeError, ValueError) as error:
        sys.exit(f"docs/cost.md is as it was: {error}\n{__doc__}")
