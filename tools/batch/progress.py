"""How far a batch is, in a line."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from time import monotonic

from tools.batch import cost, places, results
from tools.batch.plan import Plan
from tools.batch.quote import dollars, spoken
from tools.batch.store import Store

# Between two lines where no terminal shows one in place of the other.
EVERY = 5.0


@dataclass
class Progress:
    """What the bucket holds of the results, each looked at once."""

    store: Store
    plan: Plan
    chunks: int = 0
    done: int = 0
    failed: int = 0
    ms: float = 0.0
    began: float = field(default_factory=monotonic)
    before: int = -1  # done when it began to look
    _seen: set[str] = field(default_factory=set)

    def look(self, seconds: float = math.inf) -> None:
        """For so long; what it does not come to, the next look does."""
        until = monotonic() + seconds
        for found in self.store.objects(places.results(self.plan.batch)):
            if monotonic() > until:
                break
            if found.key not in self._seen:
                self._seen.add(found.key)
                tally = results.tallied(self.store, found.key)
                self.chunks += 1
                self.done += tally.rows
                self.failed += tally.failed
                self.ms += tally.ms
        if self.before < 0:
            self.before = self.done

    @property
    def spent(self) -> float:
        return cost.spent(self.plan, self.chunks, self.done, self.ms)

    @property
    def ahead(self) -> float:
        """What it will have cost when the chunks under way are done."""
        each = self.spent / self.chunks if self.chunks else cost.expected(self.plan) / self.plan.chunks
        return self.spent + each * min(self.plan.concurrency, self.plan.chunks - self.chunks)

    def line(self) -> str:
        rate = (self.done - self.before) / max(monotonic() - self.began, 0.001)
        left = f"{spoken((self.plan.count - self.done) / rate)} left" if rate else "no answer yet"
        if self.done == self.plan.count:
            left = "all done"
        return (
            f"{self.done:,} of {self.plan.count:,} done, {self.failed:,} failed, {rate:,.0f} a second, {left}, "
            f"{dollars(self.spent)} so far"
        )


class Told:
    """On a terminal one line, which the next one replaces; else one every few seconds."""

    def __init__(self) -> None:
        self._last = 0.0
        self._is_terminal = sys.stderr.isatty()

    def say(self, line: str) -> None:
        if self._is_terminal:
            sys.stderr.write(f"\r\x1b[K{'':9} {line}")
        elif monotonic() >= self._last + EVERY:
            self._last = monotonic()
            sys.stderr.write(f"{'':9} {line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._is_terminal:
            sys.stderr.write("\r\x1b[K")
