"""Calls of a shell to a process that stays for its whole run, and their answers.

A call on stdin is the number of its words, then the words. An answer on stdout is the exit status, then what was
written to stdout and to stderr. Each item ends with a NUL.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress


def end(number: int, _frame: object) -> None:
    """End at once and silently: whoever interrupts the run does not wait for a call in progress."""
    os._exit(128 + number)


class Exchange:
    """Takes stdin and stdout, for as long as the run."""

    def __init__(self) -> None:
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        self._calls = os.fdopen(os.dup(0), "rb")
        self._answers = os.fdopen(os.dup(1), "wb", buffering=0)

    def call(self) -> list[str]:
        return [self._word() for _ in range(int(self._word()))]

    def answer(self, status: int, out: bytes, err: bytes) -> None:
        with suppress(BrokenPipeError):
            self._answers.write(b"%d\0%s\0%s\0" % (status, out, err))

    def _word(self) -> str:
        """The next one; end of input means that the run has ended."""
        read = bytearray()
        while (byte := self._calls.read(1)) != b"\0":
            if not byte:
                os._exit(0)
            read += byte
        return os.fsdecode(bytes(read))
