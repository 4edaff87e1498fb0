"""The process that serves: begun anew for each save, with the terminal for its own."""

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
# A Ctrl-C reaches it too, and it ends by itself.
ENDING_SECONDS = 1.0


class Process:
    """One at a time: starting, then listening, then ended."""

    def __init__(self, python: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._command = [str(python), str(PROGRAM), "dev.served", str(folder)]
        self._folder, self._environment = folder, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = -1
        self.listens = False

    def begin(self) -> None:
        self._ready, theirs = os.pipe()
        command = [*self._command, str(theirs)]
        self._process = subprocess.Popen(command, cwd=self._folder, env=self._environment, pass_fds=[theirs])
        os.close(theirs)
        self.listens = False

    def begins_to_listen(self, seconds: float) -> bool:
        """Waits so long for it, or for its end. Whether it has come to listen meanwhile."""
        if self.listens or self.ended is not None:
            time.sleep(seconds)
            return False
        if not select.select([self._ready], [], [], seconds)[0]:
            return False
        self.listens = os.read(self._ready, 1) != b""
        if not self.listens and self._process:
            self._process.wait()
        return self.listens

    @property
    def ended(self) -> int | None:
        """How, once it has."""
        return self._process.poll() if self._process else 0

    def end(self, patience: float = 0.0) -> None:
        if self._process is None:
            return
        if patience:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        self._process.kill()
        self._process.wait()
        self._process = None
        os.close(self._ready)


class Terminal:
    """As it was at the start: a debugger that is ended while it asks leaves it without an echo."""

    def __init__(self) -> None:
        self._was: list[Any] | None = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None

    def restore(self) -> None:
        if self._was is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._was)
