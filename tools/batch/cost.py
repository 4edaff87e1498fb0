"""What a batch costs, from the dated list of prices."""

from __future__ import annotations

from dataclasses import dataclass

from tools.batch.plan import Plan
from tools.costs.prices import USUAL, Prices

# Of the Map, a child's beginning and its one state; of S3, what a chunk reads and its results.
TRANSITIONS, WRITES = 2, 1
MB_A_GB = 1024
DISPATCHED = 100  # children of the kind Standard that a Map begins in a second


@dataclass(frozen=True)
class Rates:
    """In dollars."""

    millisecond: float
    invocation: float
    transition: float
    read: float
    write: float

    @staticmethod
    def of(region: str, memory_mb: int, architecture: str) -> Rates:
        prices = Prices(region if region in Prices.regions() else USUAL)
        second = prices.of("lambda", "gb_second", architecture) * memory_mb / MB_A_GB
        return Rates(
            second / 1e3,
            prices.of("lambda", "million_requests") / 1e6,
            prices.of("states", "thousand_transitions") / 1e3,
            prices.of("s3", "thousand_reads") / 1e3,
            prices.of("s3", "thousand_writes") / 1e3,
        )

    def chunk(self, reads: float) -> float:
        """Beside the function's time."""
        return self.invocation + TRANSITIONS * self.transition + reads * self.read + WRITES * self.write


def spent(plan: Plan, chunks: int, inputs: int, milliseconds: float) -> float:
    """Of so many chunks that are done, with the time that their inputs took."""
    rates = Rates.of(plan.region, plan.memory_mb, plan.architecture)
    # an object each, or a part of a pack
    reads = inputs if plan.form == "objects" else chunks
    return rates.millisecond * (milliseconds + chunks * plan.chunk_ms) + chunks * rates.chunk(0) + reads * rates.read


def expected(plan: Plan) -> float:
    """Of all of it, as tried."""
    return spent(plan, plan.chunks, plan.count, plan.count * plan.input_ms)


def seconds(plan: Plan) -> float:
    """How long it takes, as tried, without the start of its containers."""
    rounds = -(-plan.chunks // min(plan.concurrency, plan.chunks))
    return max(rounds * (plan.chunk * plan.input_ms + plan.chunk_ms) / 1e3, plan.chunks / DISPATCHED)
