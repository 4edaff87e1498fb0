"""Visits the points one by one: which to measure, which to skip, and how much time is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tools.tuning import points
from tools.tuning.extrapolation import extrapolated
from tools.tuning.points import Build, Point
from tools.tuning.rows import Outcome, Row

Measure = Callable[[Point], Row]

# The assumed time per point, until the first ones are measured.
SUPPOSED_S = 14.0
# A build that is this much slower than another on one processor is not tried with other memory.
DOMINATED = 1.25
STOPPED = "not reached: it was stopped"


class Tour:
    """`run` measures. The results are in `rows`, even after Ctrl-C."""

    def __init__(self, builds: Sequence[Build], processors: int, measure: Measure) -> None:
        self._builds, self.processors, self._measure = builds, processors, measure
        self.rows: list[Row] = []
        self.is_complete = False
        self._took: list[float] = []
        self._ahead = len(builds) * (1 + len(points.SMALLER) + max(0, processors - 1))

    def run(self) -> None:
        try:
            for build in self._builds:
                self._add(self._measured(points.reference(build)))
            for build in self._builds:
                self._others(build)
            self.is_complete = True
        except KeyboardInterrupt:
            seen = {row.point for row in self.rows}
            self.rows += [Row(p, Outcome.SKIPPED, reason=STOPPED) for p in self._all() if p not in seen]
            print(" " * 9, "stopped: what has been measured is kept", file=sys.stderr)

    def _others(self, build: Build) -> None:
        first = self._row(points.reference(build))
        if why := self._not_worth_it(first):
            self._skip(points.every(build)[1:], why)
            return
        self._beyond(build, first)
        self._smaller(build, first)

    def _smaller(self, build: Build, last: Row) -> None:
        ahead = points.smaller(build)
        while ahead and last.outcome is not Outcome.DIED:
            last = self._measured(ahead.pop(0))
            self._add(last)
        self._skip(ahead, f"with {last.point.memory_mb:,} MB: {last.reason}")

    def _beyond(self, build: Build, one: Row) -> None:
        several = one
        for point in points.beyond(build):
            if point.processors <= self.processors:
                row = self._measured(point)
                several = row if row.counts else several
            elif several is one or not one.counts:
                row = Row(point, Outcome.SKIPPED, reason="this machine has no second processor to compare with")
            else:
                row = extrapolated(point, one, several)
            self._add(row, is_told=row.outcome is not Outcome.SKIPPED)

    def _not_worth_it(self, first: Row) -> str:
        if first.outcome is Outcome.REFUSED:
            return f"with {first.point.memory_mb:,} MB it {first.reason}"
        for other in self.rows:
            at_once = other.point.memory_mb == first.point.memory_mb and other.figures and first.figures
            if at_once and first.figures and other.figures and first.figures.p50 > DOMINATED * other.figures.p50:
                times = first.figures.p50 / other.figures.p50
                return f"{other.point.build.name} is {times:.1f} times as fast for the same memory, and right"
        return ""

    def _measured(self, point: Point) -> Row:
        began = time.monotonic()
        row = self._measure(point)
        self._took.append(time.monotonic() - began)
        return row

    def _row(self, point: Point) -> Row:
        return next(row for row in self.rows if row.point == point)

    def _all(self) -> Iterator[Point]:
        for build in self._builds:
            yield from points.every(build)

    def _add(self, row: Row, *, is_told: bool = True) -> None:
        self.rows.append(row)
        if row.point.processors <= self.processors:
            self._ahead -= 1
        if is_told:
            print(f"          {told(row)}{self._left()}", file=sys.stderr, flush=True)

    def _skip(self, left_out: Sequence[Point], why: str) -> None:
        """Reported once, for all of them."""
        for point in left_out:
            self._add(Row(point, Outcome.SKIPPED, reason=why), is_told=False)
        if left_out:
            print(f"          {left_out[0].build.name}, other memory: not measured: {why}", file=sys.stderr)

    def _left(self) -> str:
        if self._ahead <= 0:
            return ""
        mean = sum(self._took) / len(self._took) if self._took else SUPPOSED_S
        seconds = self._ahead * mean
        return f"  [{seconds:.0f} s left]" if seconds < 90 else f"  [{seconds / 60:.0f} min left]"


def told(row: Row) -> str:
    if row.figures is None:
        return f"{row.point}: {row.outcome}: {row.reason}"
    figures = row.figures
    mark = "~" if row.outcome is Outcome.EXTRAPOLATED else ""
    times = f"{mark}p50 {ms(figures.p50)}, p99 {ms(figures.p99)}, cold {ms(figures.cold)} ms"
    return f"{row.point}: {times} ({'extrapolated' if mark else f'{figures.samples} requests'})"


def ms(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def priced(rows: Sequence[Row], price: Callable[[Row], float]) -> list[Row]:
    return [replace(row, dollars=price(row)) if row.figures else row for row in rows]
