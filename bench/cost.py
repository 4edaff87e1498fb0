"""What Lambda charges for a million requests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tools.costs.prices import Prices

PRICES = Prices()
COUNTED = "x86_64"
PER_MILLION_REQUESTS = PRICES.of("lambda", "million_requests")
PER_GB_SECOND = {machine: PRICES.of("lambda", "gb_second", machine) for machine in ("x86_64", "arm64")}
SOURCE = (
    f"Lambda, {COUNTED}, {PRICES.region}, {PRICES.date:%B %Y}: ${PER_GB_SECOND[COUNTED]:.10f} per GB-second, "
    f"${PER_MILLION_REQUESTS:.2f} per million requests; on arm64 ${PER_GB_SECOND['arm64']:.10f}, a fifth less"
)
COLD_SHARE = 0.01
_MILLION = 1_000_000


@dataclass(frozen=True)
class Cost:
    """Dollars for a million requests, if all are warm and if one in a hundred is cold."""

    warm: float
    some_cold: float


def cost(warm_ms: float, cold_ms: float, memory_mb: int, architecture: str = COUNTED) -> Cost:
    warm, cold = (_compute(ms, memory_mb, architecture) for ms in (warm_ms, cold_ms))
    return Cost(
        warm=PER_MILLION_REQUESTS + warm,
        some_cold=PER_MILLION_REQUESTS + (1 - COLD_SHARE) * warm + COLD_SHARE * cold,
    )


def _compute(milliseconds: float, memory_mb: int, architecture: str) -> float:
    """The compute price of a million requests. Each is billed in whole milliseconds, its initialisation included."""
    return _MILLION * math.ceil(milliseconds) / 1e3 * memory_mb / 1024 * PER_GB_SECOND[architecture]
