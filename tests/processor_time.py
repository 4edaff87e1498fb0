"""The least processor time of several pieces of work, measured in turns. Other programs' load does not count."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 5


def least(*works: Callable[[], object]) -> list[float]:
    """The seconds of each."""
    taken = [[_seconds(work) for work in works] for _ in range(ROUNDS)]
    return [min(each) for each in zip(*taken, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
