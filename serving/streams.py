"""Both of a process's streams hold lines of JSON, whoever writes them.

Python's own words (warnings, tracebacks of threads, whatever is printed to stderr) pass through here. So do those of
C libraries while the model is loaded, which is when they speak. What they write later goes out as it is: it is the
last thing that they say before they take the process with them, and must not depend on anybody.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOBase
from typing import TextIO

from serving import log

_STDERR = 2
# Beyond this a line that does not end is cut in two.
_LONGEST = 1000
# Of what was captured; a library that says more repeats itself.
_MOST_LINES = 100


class Lines(TextIOBase):
    """A text stream each line of which becomes a line of the log."""

    def __init__(self) -> None:
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            _say(line)
        if len(self._rest) > _LONGEST:
            _say(self._rest)
            self._rest = ""
        return len(text)


def adopt() -> None:
    """From here on, for as long as the process lives."""
    told: set[tuple[str, int]] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,  # noqa: ARG001
        line: str | None = None,  # noqa: ARG001
    ) -> None:
        # Once a place: what a caller sends may have a thousand things wrong with it.
        if (filename, lineno) not in told:
            told.add((filename, lineno))
            log.say("WARNING", f"{category.__name__}: {message}", where=f"{filename}:{lineno}")

    warnings.showwarning = show
    sys.stderr = Lines()


@contextmanager
def captured() -> Iterator[None]:
    """What is written to file descriptor 2 meanwhile is in the log afterwards."""
    file, kept = os.memfd_create("stderr"), os.dup(_STDERR)
    os.dup2(file, _STDERR)
    try:
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        with open(file, errors="backslashreplace") as said:  # noqa: PTH123
            said.seek(0)
            for _, line in zip(range(_MOST_LINES), said, strict=False):
                _say(line)


def _say(line: str) -> None:
    if line.strip():
        log.say("INFO", line.rstrip())
