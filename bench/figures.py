"""Summarises single runs as the figures of one image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.cost import Cost, cost
from bench.measure import MEMORY_MB, Run

PARTS = ("runtime", "imports", "load", "first")
QUANTILES = (1, 25, 50, 75, 90, 99)


@dataclass(frozen=True)
class Figures:
    """The figures of one image, in milliseconds, megabytes, bytes and dollars."""

    cold: float  # the median of the rounds
    parts: dict[str, float]  # those of the round with the median cold start
    colds: list[float]
    warm: dict[str, float]  # p50, p90 … of the requests of all rounds
    own: float | None  # the median; None if the handler does not log it
    peak_mb: float
    size: int
    cost: Cost

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def figures(runs: Sequence[Run], size: int) -> Figures:
    middle = sorted(runs, key=lambda run: run.cold)[(len(runs) - 1) // 2]
    warm = [request for run in runs for request in run.warm]
    own = [request for run in runs for request in run.own]
    quantiles = {f"p{percent}": quantile(warm, percent) for percent in QUANTILES}
    return Figures(
        cold=middle.cold,
        parts={part: getattr(middle, part) for part in PARTS},
        colds=[run.cold for run in runs],
        warm=quantiles,
        own=quantile(own, 50) if own else None,
        peak_mb=max(run.peak_mb for run in runs),
        size=size,
        cost=cost(quantiles["p50"], middle.cold, MEMORY_MB),
    )


def quantile(values: Sequence[float], percent: float) -> float:
    """The smallest measured value that at least `percent` of the values do not exceed; so p50 is the lower median."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
