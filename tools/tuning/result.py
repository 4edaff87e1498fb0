"""The results of a tour, as a table for a terminal and as data for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tools.tuning import choice
from tools.tuning.choice import Choice
from tools.tuning.money import REQUESTS, Money
from tools.tuning.rows import Outcome, Row
from tools.tuning.tour import ms

WIDTH = 80
# Up to this share, other programs' load does not show in the medians.
BUSY = 0.1
HEADS = ("MB", "cpu", "thr", "build", "p50 ms", "p95 ms", "p99 ms", "cold ms", "$/million")
FORM = "{:>6} {:>5} {:>3} {:<16.16} {:>8} {:>8} {:>8} {:>8} {:>9}"


@dataclass(frozen=True)
class Result:
    model: str
    rows: list[Row]  # priced
    money: Money
    processors: int | None  # of the machine that it was measured on; None is Lambda itself
    goal: float | None
    is_complete: bool
    measured: str  # when
    others: float = 0.0  # the share of the machine that others were using

    @property
    def choice(self) -> Choice | None:
        return choice.choose(self.rows, self.goal)

    @property
    def caution(self) -> str:
        if self.others < BUSY:
            return ""
        return f"Other processes used {self.others:.0%} of this machine: without them, times would be shorter."

    def in_order(self) -> list[Row]:
        names = list(dict.fromkeys(row.point.build.name for row in self.rows))
        return sorted(self.rows, key=lambda row: (names.index(row.point.build.name), row.point.memory_mb))

    def crossing(self, row: Row) -> float:
        """Compares with a server whose processors are each as fast as one was here."""
        ours = [other for other in self.rows if other.counts and other.point.build == row.point.build]
        one = min(ours, key=lambda other: abs(other.point.processors - 1), default=row)
        return self.money.crossing(row, one)

    @property
    def named(self) -> list[tuple[str, Row]]:
        """The rows that have a name; one row may have several."""
        found = self.choice
        if found is None:
            return []
        pairs = [("cheapest", found.cheapest), ("knee", found.knee), ("fastest", found.fastest)]
        if found.goal is not None and found.chosen is not None:
            pairs.insert(0, (f"p99 {found.goal:g} ms", found.chosen))
        names: dict[Row, list[str]] = {}
        for name, row in pairs:
            names.setdefault(row, []).append(name)
        return [(", ".join(each), row) for row, each in names.items()]

    def extrapolations(self) -> list[str]:
        """How the figures beyond this machine were computed."""
        found = [f"{row.point.build.name}: {row.reason}" for row in self.rows if row.outcome is Outcome.EXTRAPOLATED]
        return list(dict.fromkeys(found))

    def skipped(self) -> dict[tuple[str, str], list[int]]:
        """The memory sizes that were not tried, by build and reason."""
        found: dict[tuple[str, str], list[int]] = {}
        for row in self.in_order():
            if row.outcome is Outcome.SKIPPED:
                found.setdefault((row.point.build.name, row.reason), []).append(row.point.memory_mb)
        return found


def table(result: Result) -> str:
    prices = result.money.prices
    lines = [
        f"{result.model}: {result.money.assumed.architecture}, {prices.region}, list prices of {prices.date}",
        FORM.format(*HEADS),
    ]
    lines += [line(row) for row in result.in_order() if row.outcome is not Outcome.SKIPPED]
    for (build, reason), memories in result.skipped().items():
        said = " ".join(f"{memory:,}" for memory in memories)
        lines += _wrapped(f"not measured: {build}, {said} MB: {reason}")
    lines += ["", *_named(result), *_money(result)]
    return "\n".join(each.rstrip() for each in lines)


def line(row: Row) -> str:
    point, figures = row.point, row.figures
    build = point.build.name
    if figures is None or row.dollars is None:
        head = f"{point.memory_mb:>6} {point.processors:>5.2f} {point.threads:>3} {build:<16.16} "
        return head + f"{row.outcome}: {row.reason}"[: WIDTH - len(head)]
    mark = "~" if row.outcome is Outcome.EXTRAPOLATED else ""
    times = [mark + ms(value) for value in (figures.p50, figures.p95, figures.p99, figures.cold)]
    cells = [str(point.memory_mb), f"{point.processors:.2f}", str(point.threads), build]
    return FORM.format(*cells, *times, f"{mark}{row.dollars:.2f}")


def _named(result: Result) -> Iterator[str]:
    found = result.choice
    if found is None:
        yield "Nothing answered right: there is nothing to choose from."
        return
    for name, row in result.named:
        assert row.figures
        assert row.dollars is not None
        yield from _wrapped(
            f"{name}: {row.point}, p50 {ms(row.figures.p50)}, p99 {ms(row.figures.p99)}, "
            f"cold {ms(row.figures.cold)} ms, ${row.dollars:.2f} a million"
        )
    if found.chosen is None:
        assert found.nearest.figures
        slowest = ms(found.nearest.figures.p99)
        yield f"Nothing meets p99 {found.goal:g} ms; nearest: {found.nearest.point}, {slowest} ms"
    for reason in result.extrapolations():
        yield from _wrapped(f"~ {reason}; never chosen")


def _money(result: Result) -> Iterator[str]:
    if not result.named:
        return
    yield ""
    yield f"{'dollars a month, requests':<34}" + "".join(f"{words:>14}" for words in spoken())
    for name, row in result.named:
        months = (result.money.month(row, requests) for requests in REQUESTS)
        yield f"{f'{row.point.memory_mb:,} MB: {name}':<34.34}" + "".join(f"{dollars:>14,.2f}" for dollars in months)
    for _, row in result.named:
        yield from _wrapped(f"{row.point}: {against_a_server(result.crossing(row))}")


def spoken() -> list[str]:
    return ["10 thousand", "1 million", "100 million"]


def against_a_server(crossing: float) -> str:
    if not math.isfinite(crossing):
        return "a server that is always on is never cheaper"
    return f"a server that is always on is cheaper from {crossing / 1e6:,.0f} million requests a month"


def _wrapped(words: str) -> list[str]:
    lines, current = [], ""
    for word in words.split():
        if current and len(current) + 1 + len(word) > WIDTH:
            lines.append(current)
            current = f"  {word}"
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current]


def document(result: Result) -> dict[str, Any]:
    """For programs."""
    found = result.choice
    return {
        "model": result.model,
        "measured": result.measured,
        "complete": result.is_complete,
        "processors": result.processors,
        "busy_with_others": round(result.others, 3),
        "architecture": result.money.assumed.architecture,
        "region": result.money.prices.region,
        "prices_of": result.money.prices.date.isoformat(),
        "goal_p99_ms": result.goal,
        "points": [_point(row) for row in result.in_order()],
        "front": [_key(row) for row in found.front] if found else [],
        "cheapest": _chosen(result, found.cheapest) if found else None,
        "knee": _chosen(result, found.knee) if found else None,
        "fastest": _chosen(result, found.fastest) if found else None,
        "chosen": _chosen(result, found.chosen) if found and found.chosen else None,
    }


def _key(row: Row) -> dict[str, Any]:
    return {"build": dict(row.point.build.settings), "memory_mb": row.point.memory_mb}


def _point(row: Row) -> dict[str, Any]:
    point = row.point
    return {
        **_key(row),
        "processors": round(point.processors, 3),
        "threads": point.threads,
        "outcome": str(row.outcome),
        "reason": row.reason,
        "events": {"asked": row.asked, "differing": row.differing, "details": list(row.details)},
        "milliseconds": asdict(row.figures) if row.figures else None,
        "dollars_a_million": row.dollars,
    }


def _chosen(result: Result, row: Row) -> dict[str, Any]:
    crossing = result.crossing(row)
    return {
        **_key(row),
        "dollars_a_million": row.dollars,
        "dollars_a_month": {str(n): result.money.month(row, n) for n in REQUESTS},
        "dollars_a_month_provisioned": result.money.provisioned(row),
        "dollars_a_month_snapshots": result.money.snapshots(row),
        "server_cheaper_from": crossing if math.isfinite(crossing) else None,
    }
