"""Draws the plot of docs/choosing.md: dollars against requests, for each model as a function and on servers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

# Narrow enough to be read on a phone.
WIDTH, HEIGHT = 460, 400
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 26, 48
LEAST, MOST = 5e6, 5e8
CHEAPEST, DEAREST = 5.0, 1000.0
STEPS = 240
# Also in docs/flow.svg: an image in a page cannot use the page's own colours.
STYLE = """<style>
  svg { --back: #ffffff; --text: #1f2328; --faint: #57606a; --line: #d0d7de }
  @media (prefers-color-scheme: dark) { svg { --back: #0d1117; --text: #e6edf3; --faint: #9198a1; --line: #3d444d } }
  .back { fill: var(--back) } text { fill: var(--text) } .faint { fill: var(--faint) } .grid { stroke: var(--line) }
</style>"""
# Distinguishable with colour blindness, on white and on black.
COLOURS = ("#1f83d6", "#c2620a", "#0f9d76", "#b457c9", "#8a8f98", "#b59a00")


class Priced(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def crosses(self) -> bool: ...
    @property
    def crossing(self) -> float: ...
    def function(self, requests: float) -> float: ...
    def server(self, requests: float) -> float: ...


def across(requests: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(requests / LEAST) / math.log(MOST / LEAST)


def down(dollars: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(dollars / CHEAPEST) / math.log(DEAREST / CHEAPEST)


def plot(models: Sequence[Priced]) -> str:
    parts = [*_axes(), *_legend(models)]
    for model, colour in zip(models, COLOURS, strict=False):
        parts.append(f'<path d="{_line(model.server)}" stroke="{colour}" stroke-dasharray="2 5"/>')
        parts.append(f'<path d="{_line(model.function)}" stroke="{colour}"/>')
        if model.crosses:
            x, y = across(model.crossing), down(model.function(model.crossing))
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        'font-family="system-ui, sans-serif" font-size="13" fill="none" stroke-width="2" role="img" '
        f'aria-label="{_said(models)}">\n{STYLE}\n'
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _said(models: Sequence[Priced]) -> str:
    crossings = ", ".join(f"{model.name} at {_millions(model)}" for model in models if model.crosses)
    return f"Dollars a month over requests a month, as a function and on servers. They cost the same for {crossings}"


def _millions(model: Priced) -> str:
    return f"{model.crossing / 1e6:.0f} million" if model.crosses else "never"


def _line(price: Callable[[float], float]) -> str:
    steps = (LEAST * (MOST / LEAST) ** (number / STEPS) for number in range(STEPS + 1))
    points = ((across(step), down(price(step))) for step in steps if CHEAPEST <= price(step) <= DEAREST)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _axes() -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for millions in (5, 10, 20, 50, 100, 200, 500):
        x = across(millions * 1e6)
        yield f'<path class="grid" stroke-width="1" d="M{x:.1f} {TOP}V{bottom}"/>'
        yield f'<text class="faint" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{millions}</text>'
    for dollars in (5, 10, 20, 50, 100, 200, 500, 1000):
        y = down(dollars)
        yield f'<path class="grid" stroke-width="1" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text class="faint" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{dollars:,}</text>'
    yield '<text class="faint" x="4" y="14">dollars a month</text>'
    yield f'<text class="faint" x="{WIDTH - RIGHT}" y="{HEIGHT - 10}" text-anchor="end">million requests a month</text>'


def _legend(models: Sequence[Priced]) -> Iterator[str]:
    """The legend, in the corner that no line reaches: few requests, high price."""
    left, top = LEFT + 14, TOP + 20
    yield f'<text x="{left}" y="{top}" font-weight="600">The same price at</text>'
    for number, (model, colour) in enumerate(zip(models, COLOURS, strict=False), start=1):
        y = top + 20 * number
        yield f'<rect x="{left}" y="{y - 9}" width="10" height="10" rx="2" fill="{colour}"/>'
        yield f'<text x="{left + 18}" y="{y}">{_millions(model)}: {model.name}</text>'
    for number, words in enumerate(("line: a function", "dotted: servers"), start=len(models) + 1):
        yield f'<text class="faint" x="{left}" y="{top + 20 * number}">{words}</text>'
