"""How many inputs a chunk has: so many that what a chunk costs by itself is little, and so few that the function does
them in time."""

from __future__ import annotations

import math

# Of the function's seconds, for what was tried may be faster than the rest.
SHARE = 0.4
# Beyond that a chunk that has to be done again is too much.
MOST = 50_000
LEAST = 50
# Of what a chunk answers, and of what it reads.
CHUNK_BYTES = 16_000_000


def in_time(timeout: float, input_ms: float) -> int:
    """How many inputs, at least one."""
    return max(1, int(timeout * 1e3 * SHARE / max(input_ms, 0.001)))


def chunk(count: int, concurrency: int, timeout: float, input_ms: float, chunk_ms: float, input_bytes: float) -> int:
    """As tried: milliseconds of an input and of a chunk beside its inputs, and the bytes of an input or its answer."""
    within = (timeout * 1e3 * SHARE - chunk_ms) / max(input_ms, 0.001)
    fitting = CHUNK_BYTES / max(input_bytes, 1.0)
    # All that work at once have something to do.
    shared = max(LEAST, math.ceil(count / concurrency))
    found = max(1, int(min(within, fitting, shared, MOST)))
    chunks = math.ceil(count / found)
    if chunks > concurrency:
        # rounds in which nobody waits for the last one
        chunks = math.ceil(chunks / concurrency) * concurrency
    return math.ceil(count / chunks)
