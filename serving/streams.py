"""Turns everything that a process writes to stderr into JSON log lines.

Python's output to stderr (warnings, tracebacks of threads, prints) goes through here. So does the output of C
libraries while the model is loaded, which is when they write most. Their later output is left as it is: it is usually
the last message before a crash, and must not depend on this code.
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
# A line longer than this is split.
_LONGEST = 1000
# The most lines kept of captured output; libraries that write more repeat themselves.
_MOST_LINES = 100


class Lines(TextIOBase):
    """A text stream that turns each line into a log line."""

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
    """Turn Python's warnings and stderr into log lines, for the rest of the process's life."""
    told: set[tuple[str, int]] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,  # noqa: ARG001
        line: str | None = None,  # noqa: ARG001
    ) -> None:
        # Once per place in the code: one request may cause the same warning a thousand times.
        if (filename, lineno) not in told:
            told.add((filename, lineno))
            log.say("WARNING", f"{category.__name__}: {message}", where=f"{filename}:{lineno}")

    warnings.showwarning = show
    sys.stderr = Lines()


@contextmanager
def captured() -> Iterator[None]:
    """Capture what is written to file descriptor 2 meanwhile, and log it afterwards."""
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
