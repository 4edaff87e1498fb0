"""The process that serves: a new one for each save, with the terminal to itself."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[1]
# Ctrl-C reaches the process too, and it ends by itself within this time.
ENDING_SECONDS = 1.0


class Process:
    """One process at a time: starting, then listening, then ended. Its successor waits, with the packages imported."""

    def __init__(self, python: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._command = [str(python), str(PROGRAM), "dev.served", str(folder)]
        self._folder, self._environment = folder, environment
        self._now: _Started | None = None
        self._next: _Started | None = None
        self._is_starting = False
        self.listens = False

    def begin(self) -> None:
        self._now, self._next = self._next or self._started(), None
        self._now.go()
        self._is_starting, self.listens = True, False

    def begins_to_listen(self, seconds: float) -> bool:
        """Wait up to `seconds` until it listens or ends; True if it now listens."""
        if self._now is None or not self._is_starting:
            time.sleep(seconds)
            return False
        if not select.select([self._now.ready], [], [], seconds)[0]:
            return False
        self._is_starting, self.listens = False, os.read(self._now.ready, 1) != b""
        if not self.listens:
            self._now.process.wait()
        return self.listens

    def prepare(self) -> None:
        """Start the successor, when the current process is not busy starting."""
        if not self._next and not self._is_starting:
            self._next = self._started()

    @property
    def ended(self) -> int | None:
        """The exit status, once it has ended."""
        return self._now.process.poll() if self._now else 0

    def end(self, patience: float = 0.0) -> None:
        if self._now:
            self._now.end(patience)
            self._now = None

    def end_all(self) -> None:
        self.end(ENDING_SECONDS)
        if self._next:
            self._next.end()
            self._next = None

    def _started(self) -> _Started:
        return _Started(self._command, self._folder, self._environment)


class _Started:
    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.ready, ready = os.pipe()
        go, self._go = os.pipe()
        words = [*command, str(ready), str(go)]
        self.process = subprocess.Popen(words, cwd=folder, env=environment, pass_fds=[ready, go])
        os.close(ready)
        os.close(go)

    def go(self) -> None:
        with suppress(BrokenPipeError):
            os.write(self._go, b"1")

    def end(self, patience: float = 0.0) -> None:
        if patience:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.process.kill()
        self.process.wait()
        os.close(self.ready)
        os.close(self._go)


class Terminal:
    """Restores the terminal: a debugger that is killed at its prompt leaves it without echo."""

    def __init__(self) -> None:
        self._was: list[Any] | None = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None

    def restore(self) -> None:
        if self._was is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._was)
