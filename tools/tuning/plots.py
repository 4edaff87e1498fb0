"""The page's charts: price against time, and times against memory, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from tools.tuning import labels
from tools.tuning.rows import Outcome, Row
from tools.tuning.tour import ms

# Narrow enough to be read on a phone.
WIDTH, HEIGHT = 440, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 18, 26, 46
# The number of builds with a colour of their own.
COLOURS = 5
MOST_TICKS = 7

Value = Callable[[Row], float]


@dataclass(frozen=True)
class Axis:
    """Maps a value to a position, on a logarithmic scale."""

    least: float
    most: float
    start: float
    end: float

    @staticmethod
    def over(values: Sequence[float], start: float, end: float) -> Axis:
        least, most = min(values), max(values)
        room = max(1.15, (most / least) ** 0.07)
        return Axis(least / room, most * room, start, end)

    def at(self, value: float) -> float:
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return self.start + (self.end - self.start) * share

    @property
    def ticks(self) -> list[float]:
        powers = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)) + 1)
        for steps in ((1, 2, 5), (1,)):
            ticks = [step * 10.0**power for power in powers for step in steps]
            inside = [tick for tick in ticks if self.least <= tick <= self.most]
            if len(inside) <= MOST_TICKS:
                break
        return inside


def front(rows: Sequence[Row], on_front: Sequence[Row], named: dict[Row, str], colour: Callable[[Row], int]) -> str:
    """Dollars per million against the median; the line is the Pareto front."""
    shown = [row for row in rows if row.figures]
    x = Axis.over([median(row) for row in shown], LEFT, WIDTH - RIGHT)
    y = Axis.over([dollars(row) for row in shown], HEIGHT - BOTTOM, TOP)
    line = [(x.at(median(row)), y.at(dollars(row))) for row in on_front]
    parts = [*_axes(x, y, "ms of a warm request, p50", "dollars for a million"), _line(line, "front")]
    places = {row: (x.at(median(row)), y.at(dollars(row))) for row in shown}
    parts += [_dot(at, colour(row), row, is_large=row in named) for row, at in places.items()]
    parts += labels.beside(list(places.values()), {places[row]: words for row, words in named.items()}, WIDTH)
    return _svg(parts, "Dollars for a million predictions over the milliseconds of one")


def curves(rows: Sequence[Row], colour: Callable[[Row], int], goal: float | None) -> str:
    """p50, p99 and cold start against memory, a line each."""
    shown = [row for row in rows if row.figures]
    values = [value(row) for row in shown for value in (median, slowest, cold)] + ([goal] if goal else [])
    x = Axis.over([row.point.memory_mb for row in shown], LEFT, WIDTH - RIGHT)
    y = Axis.over(values, HEIGHT - BOTTOM, TOP)
    parts = [*_axes(x, y, "MB of memory", "ms", [row.point.memory_mb for row in shown])]
    if goal:
        parts.append(f'<path class="goal" d="M{LEFT} {y.at(goal):.1f}H{WIDTH - RIGHT}"/>')
    for builds in _by_build(shown):
        number = colour(builds[0])
        for name, value in (("p50", median), ("p99", slowest), ("cold", cold)):
            line = [(x.at(row.point.memory_mb), y.at(value(row))) for row in builds]
            parts.append(_line(line, f"c{number} {name}"))
        parts += [_dot((x.at(r.point.memory_mb), y.at(median(r))), number, r, is_large=False) for r in builds]
    return _svg(parts, "Milliseconds of a warm request and of a start over memory")


def median(row: Row) -> float:
    assert row.figures
    return row.figures.p50


def slowest(row: Row) -> float:
    assert row.figures
    return row.figures.p99


def cold(row: Row) -> float:
    assert row.figures
    return row.figures.cold


def dollars(row: Row) -> float:
    assert row.dollars is not None
    return row.dollars


def _by_build(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for build in dict.fromkeys(row.point.build for row in rows):
        yield sorted((row for row in rows if row.point.build == build), key=lambda row: row.point.memory_mb)


def _axes(x: Axis, y: Axis, below: str, beside: str, ticks: Sequence[float] = ()) -> Iterator[str]:
    bottom, last = HEIGHT - BOTTOM, -math.inf
    for tick in sorted(set(ticks)) or x.ticks:
        at = x.at(tick)
        yield f'<path class="grid" d="M{at:.1f} {TOP}V{bottom}"/>'
        # Labels that touch cannot be read.
        if at - last > 36:
            yield f'<text class="faint" x="{at:.1f}" y="{bottom + 17}" text-anchor="middle">{tick:,.10g}</text>'
            last = at
    for tick in y.ticks:
        yield f'<path class="grid" d="M{LEFT} {y.at(tick):.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text class="faint" x="{LEFT - 7}" y="{y.at(tick) + 4:.1f}" text-anchor="end">{tick:,.10g}</text>'
    yield f'<text class="faint" x="2" y="13">{beside}</text>'
    yield f'<text class="faint" x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{below}</text>'


def _line(at: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<path class="line {kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in at)}"/>' if at else ""


def _dot(at: tuple[float, float], number: int, row: Row, *, is_large: bool) -> str:
    kind = "dot guessed" if row.outcome is Outcome.EXTRAPOLATED else "dot"
    said = f"{row.point}: p50 {ms(median(row))}, p99 {ms(slowest(row))}, cold {ms(cold(row))} ms, ${dollars(row):.2f}"
    size = 7 if is_large else 4.5
    return (
        f'<circle class="{kind} c{number}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{size}">'
        f"<title>{escape(said)}</title></circle>"
    )


def _svg(parts: Sequence[str], said: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">{"".join(parts)}</svg>'
