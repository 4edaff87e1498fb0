"""A copy of the repository whose files may be changed, and processes that are forked to run its tests."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mutation.changes import Change

# What measures time, or draws its cases anew each time, would notice a change today and not tomorrow.
STEADY = ["-m", "not alone", "--hypothesis-seed=0", "--deselect=tests/serving/pictures/test_mutants.py"]
# A change may well make a library read memory that is not ours; where it did is of no interest.
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", *STEADY]


# What a forked process ends with whose work was not done; pytest ends with less.
BROKEN = 70


class Copy:
    def __init__(self, root: Path, place: Path) -> None:
        self.place, self.tree = place, place / "tree"
        # Python knows the compiled file of a source by the source's size and its second, so each version has its own.
        self._versions = itertools.count(int(time.time()) - 10_000_000)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.check_output(listed, cwd=root, text=True).split("\0"):
            if (root / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / name, self.tree / name)

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        path = self.tree / change.file
        original = path.read_bytes()
        self._write(path, change.source)
        try:
            yield
        finally:
            self._write(path, original)

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        version = next(self._versions)
        os.utime(path, (version, version))

    def run_tests(self, tests: list[str], *more: str, plugins: list[object] | None = None) -> int:
        """For a forked process: what pytest ends with."""
        return int(pytest.main([*OPTIONS, f"--basetemp={self.place / 'tmp'}", *more, *tests], plugins=plugins))

    def in_a_fork(self, work: Callable[[], int], takes_long: Callable[[], bool], log: Path) -> int | None:
        """What the work returned, a signal's number below zero, or nothing where it was said to take too long."""
        child = os.fork()
        if not child:
            status = BROKEN
            try:
                os.setsid()
                os.chdir(self.tree)
                with log.open("w") as said:
                    os.dup2(said.fileno(), 1)
                    os.dup2(said.fileno(), 2)
                status = work()
            except BaseException:
                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(status)
        try:
            return _status(child, takes_long)
        finally:
            # Servers that its tests started, too.
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)


def _status(child: int, takes_long: Callable[[], bool]) -> int | None:
    while not takes_long():
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
