"""A kind of hostile case: how one is made, what is done with it, and what it comes to."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hypothesis import strategies as st

SECONDS = 1.0
# Of one case: a line of the log, of which CloudWatch takes 256 KB.
LONGEST_LINE = 20_000
# What a reader of lines may take for their end, or shows turned round.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

Make = Callable[[random.Random], Any]


def words(text: str) -> list[str]:
    return text.split()


class Broken(AssertionError):
    """A promise."""


class Check(Protocol):
    """Does with a case what a stranger would, and says in a word what it came to; raises what it should not."""

    def __call__(self, case: Any) -> str: ...


@dataclass
class Kind:
    """Cases are `made` from chance alone, or `drawn` by Hypothesis, which finds a small one that fails."""

    name: str
    check: Check
    made: Make | None = None
    drawn: st.SearchStrategy[Any] | None = None
    # Those parts of a case that is drawn of which it is tried in variants.
    varied: Sequence[str] = ()
    clock: Callable[[], float] = time.process_time
    # The process whose memory counts, if it is not this one.
    process: Callable[[], int | str] = lambda: "self"


@dataclass
class Tally:
    """Of the cases of a kind that were tried."""

    cases: int = 0
    seconds: float = 0.0
    memory: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        self.seconds = max(self.seconds, other.seconds)
        self.memory = max(self.memory, other.memory)
        self.codes += other.codes

    def as_json(self) -> str:
        return json.dumps({**vars(self), "codes": dict(self.codes.most_common())})

    @staticmethod
    def of_json(text: str) -> Tally:
        found = json.loads(text)
        return Tally(**{**found, "codes": Counter(found["codes"])})

    def watch(self, kind: Kind, case: Any) -> None:
        """One case. A slow one is tried again, for the machine may have had something else to do."""
        started = kind.clock()
        code = kind.check(case)
        seconds = kind.clock() - started
        if seconds > SECONDS:
            started = kind.clock()
            kind.check(case)
            seconds = min(seconds, kind.clock() - started)
        if seconds > SECONDS:
            raise Broken(f"it took {seconds:.2f} s")
        self.cases += 1
        self.seconds = max(self.seconds, seconds)
        self.codes[code] += 1


def peak(process: int | str) -> int:
    """The most memory that a process has had, in bytes."""
    with open(f"/proc/{process}/status") as file:  # noqa: PTH123
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["VmHWM"].split()[0]) * 1024


def as_json(case: Any) -> str:
    """Bytes too, and the halves of characters."""
    return json.dumps(case, default=lambda content: {"base64": base64.b64encode(content).decode()})


def of_json(text: str) -> Any:
    def as_bytes(value: dict[str, Any]) -> Any:
        return base64.b64decode(value["base64"]) if value.keys() == {"base64"} else value

    return json.loads(text, object_hook=as_bytes)


def handled(handler: Any, event: Any, context: object = None) -> tuple[Any, dict[str, Any]]:
    """A handler's answer, and its line of the log: there is one, bounded, and nothing in it looks like its end."""
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        answer = handler(event, context)
    finally:
        written, sys.stdout = sys.stdout.getvalue(), out
    text, end, more = written.partition("\n")
    if not end or more or len(text) > LONGEST_LINE or _UNSEEN.search(text):
        raise Broken(f"the log is {written!r:.500}")
    logged = json.loads(text)
    if not 200 <= logged["status"] < 500:
        raise Broken(text[:3000])
    json.dumps(answer, allow_nan=False).encode()
    return answer, logged


def word(logged: dict[str, Any]) -> str:
    return str(logged["code"] or logged["status"])
