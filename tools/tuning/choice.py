"""Chooses a point: the cheapest that meets a goal, the fastest, or the knee between the two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tools.tuning.rows import Row


@dataclass(frozen=True)
class Choice:
    cheapest: Row
    fastest: Row
    knee: Row
    goal: float | None  # milliseconds that p99 must not exceed
    # The cheapest that meets the goal; without a goal, the knee. None if nothing meets it.
    chosen: Row | None
    front: tuple[Row, ...]

    @property
    def nearest(self) -> Row:
        """The point that comes nearest to a goal that none meets."""
        return min(self.front, key=lambda row: _figures(row)[2])


def choose(rows: Sequence[Row], goal: float | None) -> Choice | None:
    """Choose among points that were measured and answered correctly; None if there are none."""
    good = [row for row in rows if row.counts and row.dollars is not None]
    if not good:
        return None
    on_front = front(good)
    best = knee(on_front)
    chosen: Row | None = best
    if goal is not None:
        meeting = [row for row in good if _figures(row)[2] <= goal]
        chosen = min(meeting, key=_price_first) if meeting else None
    return Choice(on_front[0], on_front[-1], best, goal, chosen, tuple(on_front))


def front(rows: Sequence[Row]) -> list[Row]:
    """The Pareto front of price and median, the cheapest first."""
    kept: list[Row] = []
    for row in sorted(rows, key=_price_first):
        if not kept or _figures(row)[1] < _figures(kept[-1])[1]:
            kept.append(row)
    return kept


def knee(on_front: Sequence[Row]) -> Row:
    """The point where the front bends most: farthest below the line between its ends, on logarithmic axes."""
    first, last = (tuple(map(math.log, _figures(row)[:2])) for row in (on_front[0], on_front[-1]))
    across, down = last[0] - first[0], first[1] - last[1]
    if across <= 0 or down <= 0:
        return on_front[0]

    def depth(row: Row) -> float:
        price, time = map(math.log, _figures(row)[:2])
        return (first[1] - time) / down - (price - first[0]) / across

    return max(on_front, key=depth)


def _figures(row: Row) -> tuple[float, float, float]:
    assert row.figures
    assert row.dollars is not None
    return row.dollars, row.figures.p50, row.figures.p99


def _price_first(row: Row) -> tuple[float, float, float]:
    return _figures(row)
