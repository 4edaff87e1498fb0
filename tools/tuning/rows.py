"""The result of each point: figures, or why there are none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tools.tuning.points import Point

PERCENTS = (50, 95, 99)


class Outcome(StrEnum):
    MEASURED = "measured"
    EXTRAPOLATED = "extrapolated"
    REFUSED = "refused"
    DIED = "died"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Figures:
    """Milliseconds, as the caller sees them."""

    p50: float
    p95: float
    p99: float
    cold: float
    billed: float  # of a warm request, the mean: begun ones count whole
    samples: int
    colds: int

    @staticmethod
    def of(warm: Sequence[float], colds: Sequence[float]) -> Figures:
        p50, p95, p99 = (quantile(warm, percent) for percent in PERCENTS)
        billed = sum(map(math.ceil, warm)) / len(warm)
        return Figures(p50, p95, p99, quantile(colds, 50), billed, len(warm), len(colds))

    def times(self, factor: float) -> Figures:
        """Scales the warm times: a start does not get faster."""
        scaled = {name: getattr(self, name) * factor for name in ("p50", "p95", "p99", "billed")}
        return replace(self, **scaled, samples=0, colds=0)


@dataclass(frozen=True)
class Row:
    point: Point
    outcome: Outcome
    figures: Figures | None = None
    reason: str = ""
    # How many of the folder's events were sent, and how many answers differ.
    asked: int = 0
    differing: int = 0
    details: tuple[str, ...] = ()
    dollars: float | None = None  # for a million warm predictions

    @property
    def counts(self) -> bool:
        """Whether it may be chosen."""
        return self.outcome is Outcome.MEASURED


def quantile(values: Sequence[float], percent: float) -> float:
    """An observed value: the smallest that `percent` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
