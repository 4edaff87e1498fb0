"""Each change is tried in a process of its own, forked where pytest has collected the tests and not yet run any.

A function that changes gets its new code in place. What runs while a module is imported is imported anew.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from types import CodeType, FunctionType

import pytest

from mutation.changes import Change
from mutation.copies import BROKEN, OPTIONS
from mutation.covered import Covered
from mutation.watched import Watched

# How much longer than before a test may take until it is said not to end; and all that is imported before the first.
SLOWER, MORE_SECONDS, IMPORT_SECONDS = 4, 5, 60
# A test that takes that long waits for somebody, and fails now and then on a busy machine.
WAITS_SECONDS = 0.5
# So often a change is tried where the same test fails, or does not end, without it.
TRIES = 3


@dataclass(frozen=True)
class Outcome:
    what: str
    test: str = ""  # that noticed it


class Trials:
    def __init__(self, covered: Covered, tests: list[str], work: Callable[[Trials], None]) -> None:
        self.covered, self.copy, self._work = covered, covered.copy, work
        self.watched = Watched()
        os.chdir(self.copy.tree)
        with redirect_stdout(StringIO()):
            pytest.main([*OPTIONS, "-s", f"--basetemp={self.copy.place / 'tmp'}", *tests], plugins=[self, self.watched])

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._functions: dict[str, list[FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(self.copy.tree)):
                self._functions[each.__code__.co_filename].append(each)
        # What is here now is left alone by every child's collector, and so not copied for each of them.
        gc.freeze()
        self._work(self)
        return True

    def outcome(self, change: Change, *, may_survive: bool) -> Outcome:
        """What no test notices that should is tried once more, with the dearest tests too."""
        tests = self.covered.tests_of(change)
        if not tests:
            return Outcome("untested")
        found = self._outcome(change, tests)
        if found.what == "survived" and not may_survive and (others := self._left_out(change, tests)):
            return self._outcome(change, others)
        return found

    def _left_out(self, change: Change, tests: list[str]) -> list[str]:
        return [name for name in self.covered.tests_of(change, float("inf")) if name not in tests]

    def _outcome(self, change: Change, tests: list[str]) -> Outcome:
        found = self._tried(change, tests)
        for _ in range(TRIES):
            if not self._is_doubtful(found):
                return found
            # The machine may have been busy. The same test without the change says so, and how long it takes now.
            seconds = self._seconds_unchanged(found.test)
            if seconds is not None and found.what == "killed":
                return found
            if seconds is not None:
                again = self._tried(change, [found.test], seconds)
                if again.what != "survived":
                    return again
            found = self._tried(change, tests)
        return Outcome("unsettled", found.test)

    def _is_doubtful(self, found: Outcome) -> bool:
        if found.what == "endless":
            return bool(found.test)
        return found.what == "killed" and self.covered.seconds.get(found.test, 0) > WAITS_SECONDS

    def _tried(self, change: Change, tests: list[str], seconds: float = 0) -> Outcome:
        original = (self.copy.tree / change.file).read_bytes()

        def tried() -> int:
            if not self.covered.runs_on_import(change) and self._swapped(change, original):
                return self._run(tests)
            _forget(str(self.copy.tree))
            return self.copy.run_tests(tests, plugins=[self.watched])

        with self.copy.changed(change):
            status = self._forked(tried, seconds)
        return Outcome(
            {0: "survived", None: "endless"}.get(status, "killed"),
            self.watched.running[0] if status is None else self.watched.failed,
        )

    def _seconds_unchanged(self, test: str) -> float | None:
        began = time.monotonic()
        passed = self._forked(lambda: self._run([test]), SLOWER * MORE_SECONDS) == 0
        return time.monotonic() - began if passed else None

    def _forked(self, work: Callable[[], int], seconds: float) -> int | None:
        """seconds: how long a test took when it ran last, if that was longer than at first."""
        began = time.monotonic()
        self.watched.forget()

        def takes_long() -> bool:
            test, since = self.watched.running
            if not test:
                return time.monotonic() - began > IMPORT_SECONDS
            return since > SLOWER * max(self.covered.seconds.get(test, 0), seconds) + MORE_SECONDS

        status = self.copy.in_a_fork(work, takes_long, self.copy.place / "log")
        if status == BROKEN:
            raise RuntimeError((self.copy.place / "log").read_text())
        return status

    def _run(self, tests: list[str]) -> int:
        items = [self._items[name] for name in tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                return 1
        return 0

    def _swapped(self, change: Change, original: bytes) -> bool:
        """Whether the change is there now: as new code of a function, or because its file is not imported yet."""
        path = str(self.copy.tree / change.file)
        if path not in self._functions:
            return True
        before, after = (
            _codes(compile(source, path, "exec", dont_inherit=True)) for source in (original, change.source)
        )
        done = False
        for function in self._functions[path]:
            code, name = function.__code__, function.__code__.co_qualname
            place = before[name].index(code)
            if (new := after[name][place]) != code:
                if new.co_freevars != code.co_freevars:
                    return False
                function.__code__ = new
                done = True
        return done


def _codes(code: CodeType) -> dict[str, list[CodeType]]:
    """Every function's, by its name, in their order."""
    found: dict[str, list[CodeType]] = defaultdict(list)
    waiting = [code]
    while waiting:
        for inner in waiting.pop(0).co_consts:
            if isinstance(inner, CodeType):
                found[inner.co_qualname].append(inner)
                waiting.append(inner)
    return found


def _forget(tree: str) -> None:
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(tree):
            del sys.modules[name]
