"""Writes what docs/choosing.md computes and draws: where a function and a server cost the same, for each model.

.pipeline/venv/bin/python -m bench --json bench.json
.pipeline/venv/bin/python -m bench.server --json server.json
.pipeline/venv/bin/python -m bench.choosing bench.json server.json    take the figures into docs/measured.json
.pipeline/venv/bin/python -m bench.choosing                           compute anew from those
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import cost, images
from tools.costs.measured import FILE as MEASURED
from tools.costs.prices import HOURS, SECONDS

DOCS = images.ROOT / "docs"
PAGE, PLOT = DOCS / "choosing.md", DOCS / "choosing.svg"
BEGIN, END = "<!-- computed by bench/choosing.py -->\n", "<!-- end -->\n"

# A server: one instance with two processors, behind a balancer that is never busy enough to cost more than one unit,
# with three public addresses (two of the balancer) and a disk of 10 GB.
INSTANCE = "c7i.large"
PRICES = cost.PRICES
INSTANCE_HOUR = PRICES.of("server", "c7i_large_hour")
BALANCER_MONTH = HOURS * (
    PRICES.of("server", "balancer_hour")
    + PRICES.of("server", "balancer_unit_hour")
    + 3 * PRICES.of("server", "address_hour")
) + 10 * PRICES.of("server", "disk_gb_month")
API_MILLION = PRICES.of("api", "million_requests")
# Of what it can answer, a server should be asked for half: the rest is for busy minutes.
SPARE = 0.5
MOST_INSTANCES = 1000
LEAST, MOST = 1e5, 1e9


@dataclass(frozen=True)
class Model:
    name: str
    warm_ms: float
    cold_ms: float
    memory_mb: int
    image_mb: float
    server_rate: float  # requests a second that two processors answer

    @property
    def per_request(self) -> float:
        return (cost.cost(self.warm_ms, self.warm_ms, self.memory_mb).warm + API_MILLION) / 1e6

    def function(self, requests: float) -> float:
        return requests * self.per_request

    def server(self, requests: float) -> float:
        return BALANCER_MONTH + self.instances(requests) * HOURS * INSTANCE_HOUR

    def instances(self, requests: float) -> int:
        return max(1, math.ceil(requests / SECONDS / (SPARE * self.server_rate)))

    @property
    def crosses(self) -> bool:
        return math.isfinite(self.crossing)

    @property
    def crossing(self) -> float:
        """Requests a month from which on servers cost less; infinity where each is dearer than what it answers."""
        instances = 1
        while instances <= MOST_INSTANCES:
            found = (BALANCER_MONTH + instances * HOURS * INSTANCE_HOUR) / self.per_request
            if self.instances(found) <= instances:
                return found
            instances += 1
        return math.inf


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
    """The page with its computed part made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    prices = (
        f"\nA server is one {INSTANCE} with its balancer, addresses and disk, {models[0].server(0):.2f} dollars a "
        f"month, and one more whenever it is asked for more than {SPARE:.0%} of what it can answer.\n"
        "A function pays for its requests and for those of the HTTP API.\n"
    )
    return before + BEGIN + table(models) + prices + END + after


# --- the plot -------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, TOP = 330, 190, 62, 34
FUNCTION, SERVER = "#1668c7", "#c2620a"
CHEAPEST, DEAREST = 0.1, 3000.0


def plot(models: list[Model]) -> str:
    rows = math.ceil(len(models) / 2)
    width, height = 2 * (WIDTH + LEFT) + 20, rows * (HEIGHT + TOP + 44) + 24
    panels = [
        _panel(model, number % 2 * (WIDTH + LEFT), number // 2 * (HEIGHT + TOP + 44))
        for number, model in enumerate(models)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" '
        'font-size="12" role="img" aria-label="Dollars a month over requests a month, for each model as a function '
        'and on a server; where the lines meet, both cost the same">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(panels)
        + f'\n<text x="{width / 2}" y="{height - 8}" text-anchor="middle" fill="#57606a">requests a month</text>\n'
        "</svg>\n"
    )


def _panel(model: Model, left: float, top: float) -> str:
    def x(requests: float) -> float:
        return left + LEFT + WIDTH * 0.94 * math.log(requests / LEAST) / math.log(MOST / LEAST)

    def y(dollars: float) -> float:
        return (
            top
            + TOP
            + HEIGHT * (1 - math.log(min(max(dollars, CHEAPEST), DEAREST) / CHEAPEST) / math.log(DEAREST / CHEAPEST))
        )

    steps = [LEAST * (MOST / LEAST) ** (number / 160) for number in range(161)]
    crossing = model.crossing
    parts = [f'<text x="{left + LEFT}" y="{top + 20}" font-weight="600" fill="#1f2328">{model.name}</text>']
    for exponent in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1):
        at = x(10**exponent)
        parts.append(f'<path d="M{at:.1f} {top + TOP}v{HEIGHT}" stroke="#eaeef2"/>')
        words = {5: "100,000", 6: "1 million", 7: "10", 8: "100", 9: "1,000"}[exponent]
        parts.append(
            f'<text x="{at:.1f}" y="{top + TOP + HEIGHT + 16}" text-anchor="middle" fill="#57606a">{words}</text>'
        )
    for dollars in (1, 10, 100, 1000):
        at = y(dollars)
        parts.append(f'<path d="M{left + LEFT} {at:.1f}h{WIDTH * 0.94:.1f}" stroke="#eaeef2"/>')
        parts.append(
            f'<text x="{left + LEFT - 8}" y="{at + 4:.1f}" text-anchor="end" fill="#57606a">${dollars:,}</text>'
        )
    for colour, price in ((SERVER, model.server), (FUNCTION, model.function)):
        points = [(x(step), y(price(step))) for step in steps if price(step) <= DEAREST]
        line = "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in points)
        parts.append(f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    if model.crosses:
        at, down = x(crossing), y(model.function(crossing))
        place = f'x="{at - 8:.1f}" y="{down - 10:.1f}"'
        parts.append(f'<circle cx="{at:.1f}" cy="{down:.1f}" r="4.5" fill="#1f2328"/>')
        parts.append(f'<text {place} text-anchor="end" fill="#1f2328">{crossing / 1e6:.0f} million</text>')
    parts.append(f'<text x="{x(1.3e5):.1f}" y="{y(model.server(1)) - 6:.1f}" fill="{SERVER}">server</text>')
    parts.append(f'<text x="{x(5e5):.1f}" y="{y(model.function(5e5)) + 14:.1f}" fill="{FUNCTION}">function</text>')
    return "\n".join(parts)


def written() -> Iterator[tuple[Path, str]]:
    """Each file with what should stand in it."""
    models = read()
    yield PAGE, page(PAGE.read_text(), models)
    yield PLOT, plot(models)


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
