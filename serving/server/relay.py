"""Turns the workers' stderr into log lines of the server.

What arrives there usually comes from a C library, or from the interpreter as it exits. One picture can make a library
warn ten thousand times, so the number of lines passed on is limited.
"""

from __future__ import annotations

import os
import sys
import threading
import time

import msgspec

from serving.server.lines import line

LONGEST_LINE = 64 * 1024
LINES_A_SECOND = 50


class Relay:
    """A pipe; the workers write to its end `source`."""

    def __init__(self) -> None:
        reading, self.source = os.pipe()
        self._reading = os.fdopen(reading, "rb")
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Pass on everything that the workers wrote, once they have exited."""
        os.close(self.source)
        self._thread.join()

    def _pass_on(self) -> None:
        second, count = 0, 0
        while text := self._reading.readline(LONGEST_LINE):
            now = int(time.monotonic())
            if now != second:
                _tell_of(count - LINES_A_SECOND)
                second, count = now, 0
            count += 1
            if count <= LINES_A_SECOND:
                print(_ours(text), file=sys.stderr, flush=True)
        _tell_of(count - LINES_A_SECOND)


def _tell_of(left_out: int) -> None:
    if left_out > 0:
        print(line("WARNING", f"{left_out} more lines on stderr are left out."), file=sys.stderr, flush=True)


def _ours(text: bytes) -> str:
    said = text.decode(errors="backslashreplace").strip()
    try:
        msgspec.json.decode(text, type=dict)
        return said
    except msgspec.DecodeError:
        return line("WARNING", said)
