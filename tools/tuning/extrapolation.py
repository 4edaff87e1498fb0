"""Extrapolates two measured points to more processors than this machine has, by Amdahl's law."""

from __future__ import annotations

from dataclasses import replace

from tools.tuning.points import Point
from tools.tuning.rows import Figures, Outcome, Row

# A smaller gain is noise.
LEAST_GAIN = 0.05


def parallel_share(one: float, several: float, threads: int) -> float:
    """The share of the single-processor time that is divided among threads."""
    return min(1.0, max(0.0, (1 - several / one) / (1 - 1 / threads)))


def extrapolated(point: Point, one: Row, several: Row) -> Row:
    """The times of a point beyond this machine, from the same build on one processor and on all of them."""
    assert one.figures
    assert several.figures
    share = parallel_share(one.figures.p50, several.figures.p50, several.point.threads)
    if share * (1 - 1 / several.point.threads) < LEAST_GAIN:
        why = f"{several.point.threads} threads were no faster than one"
        return Row(point, Outcome.SKIPPED, reason=why)
    factor = time(share, point.threads) / time(share, several.point.threads)
    figures: Figures = several.figures.times(factor)
    why = (
        f"extrapolated beyond this machine from 1 and {several.point.threads} threads, "
        f"which divide {share:.0%} of the time among them"
    )
    return replace(several, point=point, outcome=Outcome.EXTRAPOLATED, figures=figures, reason=why)


def time(share: float, threads: int) -> float:
    return 1 - share + share / threads
