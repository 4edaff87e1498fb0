"""Where a run is killed with -9: a step, from the line that begins it, and a part of the time that it takes here.

It is never later than the end of the step. Which points are taken by chance is the same for all workers of a test
run; KILL_SEED=… repeats it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.faults import Started
from pipeline_runs import Run

SEED = int(os.environ.get("KILL_SEED", time.time_ns() % 10**6))


@dataclass(frozen=True)
class Phase:
    """From the line that begins it to the one that ends it; how long that takes, and where it is killed."""

    name: str
    begins: str
    ends: str
    seconds: float
    parts: tuple[float, ...]


@dataclass(frozen=True)
class Point:
    phase: Phase
    part: float

    def __str__(self) -> str:
        return f"{self.phase.name}-{self.part}"


def of(*phases: Phase) -> list[Point]:
    return [Point(phase, part) for phase in phases for part in phase.parts]


def some(count: int, *choices: Iterable[Phase]) -> list[Point]:
    """A point of each of so many of these."""
    chance = random.Random(SEED)
    return [chance.choice(of(*phases)) for phases in chance.sample(choices, count)]


def seeded(point: Point) -> str:
    """The name of a test of a point that was taken by chance."""
    return f"seed{SEED}-{point}"


def kill(run: Started, point: Point) -> Run:
    """Let it come to the point, and end it and all that it started."""
    phase = point.phase
    assert run.wait_for(phase.begins), f"the run never came to {phase.begins!r}: {run.lines}"
    in_time = not run.wait_for(phase.ends, phase.seconds * point.part, after=phase.begins)
    run.signal(signal.SIGKILL)
    killed = run.finish()
    assert killed.status == -signal.SIGKILL, killed
    print(f"{point}: killed {'in the step' if in_time else 'at the end of the step'} after:\n{killed.stderr}")
    return killed
