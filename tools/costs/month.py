"""Print what a model costs a month, idle and at several loads.

    python tools costs.month FOLDER STAGE TEMPLATE REGION [--ms MILLISECONDS] [--json]

TEMPLATE is the model's, filled in. This works offline: it computes from the templates, the folder's code and events,
docs/measured.json, and prices.toml.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.costs import lines, measured
from tools.costs.lines import Line
from tools.costs.prices import FILE, USUAL, Prices
from tools.costs.resources import Deployed
from tools.stacks import template

REQUESTS = (0, 10_000, 1_000_000, 100_000_000)
HEADS = ("no request", "10 thousand", "1 million", "100 million")
WIDTH = 30


@dataclass(frozen=True)
class Month:
    model: str
    stage: str
    prices: Prices
    assumed: lines.Assumed
    lines: list[Line]
    notes: list[str]

    def total(self, requests: int) -> float:
        return sum(line.dollars(requests) for line in self.lines)

    def beyond_free(self, requests: int) -> float:
        return sum(line.beyond_free(requests) for line in self.lines)


def month(folder: Path, stage: str, deployed: Deployed, region: str, milliseconds: float | None = None) -> Month:
    notes = []
    if region not in Prices.regions():
        why = f"{FILE.name} has no prices of {region}" if region else "no region is set"
        notes.append(f"{why}: those of {USUAL} are used")
        region = USUAL
    figures = measured.of(folder.name)
    if figures is None:
        figures = measured.SUPPOSED
        if milliseconds is None:
            notes.append(
                f"{folder.name} has not been measured: {figures.warm_ms:g} ms a request are assumed; "
                "--status shows what it takes, and --cost MS uses that"
            )
    if milliseconds is not None:
        figures = replace(figures, warm_ms=milliseconds, memory_mb=int(deployed.parameters["MemorySize"]))
    prices = Prices(region)
    assumed = lines.Assumed.of(folder, deployed, figures)
    if assumed.memory_mb != figures.memory_mb:
        notes.append(f"it was measured with {figures.memory_mb} MB; with {assumed.memory_mb} its times differ")
    notes += [f"{name} uses a KMS key, which costs something per call" for name in deployed.asking_for_keys()]
    notes += [f"not counted: {kind}" for kind in deployed.uncounted()]
    return Month(folder.name, stage, prices, assumed, list(lines.of(deployed, prices, assumed)), notes)


def told(found: Month) -> str:
    assumed = found.assumed
    head = (
        f"{found.model} at stage {found.stage}, dollars a month in {found.prices.region}, "
        f"list prices of {found.prices.date}\n"
        f"{assumed.memory_mb} MB, {assumed.architecture}, {assumed.warm_ms:g} ms a warm request; "
        f"one in a hundred is cold, {assumed.cold_ms:g} ms"
    )
    rows = [(line.what, [line.dollars(n) for n in REQUESTS]) for line in found.lines]
    rows.append(("together", [found.total(n) for n in REQUESTS]))
    rows.append(("beyond what is free", [found.beyond_free(n) for n in REQUESTS]))
    table = [f"{'requests':<{WIDTH}}" + "".join(f"{head:>13}" for head in HEADS)]
    table += [f"{what:<{WIDTH}}" + "".join(f"{dollars:>13,.2f}" for dollars in row) for what, row in rows]
    return "\n".join([head, "", *table, "", *found.notes]).rstrip()


def facts(found: Month) -> dict[str, Any]:
    """For programs."""
    return {
        "model": found.model,
        "stage": found.stage,
        "region": found.prices.region,
        "prices_of": found.prices.date.isoformat(),
        "assumed": vars(found.assumed),
        "requests": list(REQUESTS),
        "lines": [
            {
                "what": line.what,
                "unit": line.unit,
                "price": line.price,
                "quantities": [line.quantity(n) for n in REQUESTS],
                "dollars": [line.dollars(n) for n in REQUESTS],
            }
            for line in found.lines
        ],
        "dollars": [found.total(n) for n in REQUESTS],
        "dollars_beyond_free": [found.beyond_free(n) for n in REQUESTS],
        "notes": found.notes,
    }


def main(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("stage")
    parser.add_argument("template", type=Path)
    parser.add_argument("region")
    parser.add_argument("--ms", type=float)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found = month(given.folder, given.stage, Deployed(template.read(given.template)), given.region, given.ms)
    print(json.dumps(facts(found), indent=2) if given.json else told(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
