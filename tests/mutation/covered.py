"""Which test runs which line, in its own process and in those that it starts, and how long it takes."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import coverage
import pytest

from mutation.changes import Change
from mutation.copies import Copy

# The dearest tests of a line are left out at first where those before them take so long.
SECONDS_OF_TESTS = 20.0


class Recorder:
    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.measured.switch_context(item.nodeid)
        began = time.monotonic()
        outcome = yield
        self.seconds[item.nodeid] = time.monotonic() - began
        self.measured.switch_context("")
        return outcome


class Covered:
    def __init__(self, copy: Copy, tests: list[str]) -> None:
        _import_beforehand(copy, tests)
        self.copy = copy
        self.seconds = _measure(copy, tests)
        whole = coverage.Coverage(data_file=str(copy.place / "coverage"), config_file=False)
        whole.combine([str(copy.place)])
        self.data = whole.get_data()
        self._lines: dict[str, dict[int, list[str]]] = {}

    def tests_of(self, change: Change, seconds: float = SECONDS_OF_TESTS) -> list[str]:
        """The file's own first, then those of which it is sure that they run it, the quickest first.

        What runs on import concerns all that run any of the file, and perhaps its neighbours: of them the quickest.
        """
        contexts = self._contexts(change.file)
        ran = {name for line in change.lines or contexts for name in contexts.get(line, ())}
        # What another process ran is known by the test that started it, and that may be the first of several.
        files = {name.split("::")[0] for name in ran if name.endswith((" (setup)", " (call)"))}
        ran |= {name.removesuffix(" (setup)").removesuffix(" (call)") for name in ran}
        own = f"/test_{Path(change.file).stem}.py::"
        # Of a process that was killed nobody knows what it ran.
        names = ran | {name for name in self.seconds if name.split("::")[0] in files or own in name}
        if not change.lines or not names & self.seconds.keys():
            room = next(one for one in Path("tests", change.file).parents if (self.copy.tree / one).is_dir())
            names |= {name for name in self.seconds if Path(name.split("::")[0]).is_relative_to(room)}
        chosen: list[str] = []
        total = 0.0

        def order(name: str) -> tuple[bool, bool, float, str]:
            return own not in name, bool(change.lines) and name not in ran, self.seconds[name], name

        for name in sorted(names & self.seconds.keys(), key=order):
            total += self.seconds[name]
            if total > seconds and chosen and own not in name:
                break
            chosen.append(name)
        return chosen

    def runs_on_import(self, change: Change) -> bool:
        contexts = self._contexts(change.file)
        return not change.lines or any("" in contexts.get(line, ()) for line in change.lines)

    def _contexts(self, file: str) -> dict[int, list[str]]:
        if file not in self._lines:
            self._lines[file] = self.data.contexts_by_lineno(str(self.copy.tree / file))
        return self._lines[file]


def _import_beforehand(copy: Copy, tests: list[str]) -> None:
    """What the tests import of other people's, so that no forked process has to."""
    listed = copy.place / "modules"

    def collect() -> int:
        status = copy.run_tests(tests, "--collect-only")
        files = {name: str(getattr(module, "__file__", "")) for name, module in sys.modules.items()}
        listed.write_text("\n".join(name for name, file in files.items() if "site-packages" in file))
        return status

    _must_pass(copy, collect)
    for name in listed.read_text().splitlines():
        with suppress(Exception):
            importlib.import_module(name)


def _measure(copy: Copy, tests: list[str]) -> dict[str, float]:
    settings, told = copy.place / "coveragerc", copy.place / "seconds"
    settings.write_text(
        f"[run]\nsource = {copy.tree / 'serving'}\ndata_file = {copy.place / 'coverage'}\nparallel = true\n"
        "sigterm = true\npatch = _exit\ncontext = ${PYTEST_CURRENT_TEST-}\n"
    )

    def measure() -> int:
        os.environ["COVERAGE_PROCESS_START"] = str(settings)
        measured = coverage.Coverage(config_file=str(settings))
        recorder = Recorder(measured)
        measured.start()
        status = copy.run_tests(tests, "--maxfail=1000", plugins=[recorder])
        measured.stop()
        measured.save()
        told.write_text(json.dumps([recorder.seconds, sorted(recorder.failed)]))
        return status if status > 1 else 0

    _must_pass(copy, measure)
    seconds, failed = json.loads(told.read_text())
    for name in failed:
        print(f"mutation  fails without any change and takes no part: {name}", file=sys.stderr)
    return {name: took for name, took in seconds.items() if name not in failed}


def _must_pass(copy: Copy, work: Callable[[], int]) -> None:
    log = copy.place / "log"
    until = time.monotonic() + 3600
    if copy.in_a_fork(work, lambda: time.monotonic() > until, log) != 0:
        sys.exit(f"{log.read_text()}\nmutation  without any change the tests fail: mend them first")
