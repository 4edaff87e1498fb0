"""Tries cases of one kind, in a process of its own: a crash ends this one, and the kernel counts its memory.

    python tests/proof/worker.py KIND SEED CASES SECONDS LAST

It ends after so many cases or so many seconds, and prints what they came to. LAST is a file in which the case stands
that is being tried: where one fails, a small one like it.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]
# As a function has it.
os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "1769"

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis import seed as seeded  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from proof import kinds  # noqa: E402
from proof.kind import Kind, Tally, as_json, peak  # noqa: E402
from proof.variants import variants  # noqa: E402

# Tried in one go, before the next look at the clock.
BATCH = 500
VARIANTS = 25
# A process that takes more than this has gone wrong, whatever it does.
MOST_ADDRESSES = 4 << 30


class Trying:
    def __init__(self, kind: Kind, seed: int, last: Path) -> None:
        self.kind = kind
        self.tally = Tally()
        self._seed = seed
        self._last = os.open(last, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def one(self, case: Any) -> None:
        written = os.pwrite(self._last, as_json(case).encode(), 0)
        os.ftruncate(self._last, written)
        self.tally.watch(self.kind, case)

    def some(self, count: int) -> None:
        chance = random.Random(f"{self._seed} {self.tally.cases}")
        if self.kind.made:
            for _ in range(count):
                self.one(self.kind.made(chance))
        elif self.kind.drawn:

            def draw(case: dict[str, Any], like_it: int) -> None:
                for variant in variants(case, self.kind.varied, random.Random(like_it), VARIANTS):
                    self.one(variant)

            limits = settings(
                max_examples=-(-count // VARIANTS),
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
            )
            drawing = given(self.kind.drawn, st.integers(0, 1 << 32))(draw)
            seeded(chance.randrange(1 << 64))(limits(drawing))()


def main(name: str, seed: str, cases: str, seconds: str, last: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    trying, end = Trying(kinds.kind(name), int(seed), Path(last)), time.monotonic() + float(seconds)
    while trying.tally.cases < int(cases) and time.monotonic() < end:
        trying.some(min(BATCH, int(cases) - trying.tally.cases))
    trying.tally.memory = peak(trying.kind.process())
    print(trying.tally.as_json())


if __name__ == "__main__":
    main(*sys.argv[1:])
