"""Writes the table and the plot of docs/choosing.md: for each model, where a function and a server cost the same.

.pipeline/venv/bin/python -m bench --json bench.json
.pipeline/venv/bin/python -m bench.server --json server.json
.pipeline/venv/bin/python -m bench.choosing bench.json server.json    copy the figures to docs/measured.json first
.pipeline/venv/bin/python -m bench.choosing                           compute from docs/measured.json
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import choosing_plot, cost, images
from tools.costs.measured import FILE as MEASURED
from tools.costs.prices import SECONDS
from tools.costs.servers import INSTANCE, SPARE, Servers

DOCS = images.ROOT / "docs"
PAGE, PLOT = DOCS / "choosing.md", DOCS / "choosing.svg"
BEGIN, END = "<!-- computed by bench/choosing.py -->\n", "<!-- end -->\n"

PRICES = cost.PRICES
API_MILLION = PRICES.of("api", "million_requests")


@dataclass(frozen=True)
class Model:
    name: str
    warm_ms: float
    cold_ms: float
    memory_mb: int
    image_mb: float
    server_rate: float  # requests per second on two processors

    @property
    def per_request(self) -> float:
        return (cost.cost(self.warm_ms, self.warm_ms, self.memory_mb).warm + API_MILLION) / 1e6

    def function(self, requests: float) -> float:
        return requests * self.per_request

    @property
    def servers(self) -> Servers:
        return Servers(self.server_rate, PRICES)

    def server(self, requests: float) -> float:
        return self.servers.dollars(requests)

    @property
    def crosses(self) -> bool:
        return math.isfinite(self.crossing)

    @property
    def crossing(self) -> float:
        """Requests per month from which servers cost less; infinity if a server always costs more than its requests."""
        return self.servers.crossing(self.per_request)


def read() -> list[Model]:
    return [Model(**each) for each in json.loads(MEASURED.read_text())]


def take(bench: Path, server: Path) -> None:
    report = json.loads(bench.read_text())
    rates = {each["name"]: each["rate"] for each in json.loads(server.read_text())}
    models = [
        Model(
            name,
            warm_ms=round(found["ours"]["warm"]["p50"], 1),
            cold_ms=round(found["ours"]["cold"], 1),
            memory_mb=report["facts"]["memory_mb"],
            image_mb=round(found["ours"]["size"] / 1e6, 1),
            server_rate=round(rates[name]),
        )
        for name, found in sorted(report["folders"].items())
    ]
    MEASURED.write_text(json.dumps([asdict(model) for model in models], indent=1) + "\n")


def table(models: list[Model]) -> str:
    lines = [
        "| | function: ms | $ a million requests | server: requests a second | the same price at, requests a month | "
        "that is, a second |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {model.name} | {model.warm_ms:.1f} | {model.per_request * 1e6:.2f} | {model.server_rate:.0f} | "
        + (f"{model.crossing / 1e6:.0f} million | {model.crossing / SECONDS:.0f} |" if model.crosses else "never | |")
        for model in models
    ]
    return "\n".join(lines) + "\n"


def page(text: str, models: list[Model]) -> str:
    """The page with its computed part replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    prices = (
        f"\nA server is one {INSTANCE} with its balancer, addresses and disk, {models[0].server(0):.2f} dollars a "
        f"month, and one more whenever it is asked for more than {SPARE:.0%} of what it can answer.\n"
        "A function pays for its requests and for those of the HTTP API.\n"
    )
    return before + BEGIN + table(models) + prices + END + after


def written() -> Iterator[tuple[Path, str]]:
    """Each file with its current contents."""
    models = read()
    yield PAGE, page(PAGE.read_text(), models)
    yield PLOT, choosing_plot.plot(models)


def main(arguments: list[str]) -> int:
    if len(arguments) not in (0, 2):
        print(__doc__, file=sys.stderr)
        return 2
    if arguments:
        take(*map(Path, arguments))
    for file, text in written():
        file.write_text(text)
    print(table(read()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
