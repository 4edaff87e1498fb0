"""What the person at the terminal sees: one line per request, and errors in the folder's own code."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.watching.plain import harmless

# Marks the events sent after a save: their sender reports the results.
EVENT = "x-dev-event"
WIDTH = 9
INSIDE = " " * (WIDTH + 1)


def say(what: str, words: str) -> None:
    print(f"{what:<{WIDTH}} {words}", file=sys.stderr, flush=True)


def show(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"{INSIDE}{line}", file=sys.stderr, flush=True)


def own(trace: str, folder: Path) -> list[str]:
    """The traceback from the folder's first frame on, if it has one: the author need not know the callers above it."""
    lines = trace.rstrip().splitlines()
    first = next((number for number, line in enumerate(lines) if f'File "{folder}/' in line), len(lines))
    return lines[first:]


class Told:
    """Prints the records of serving/log.py for people. A failure is shown once, until a save may have changed it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._of_events: set[str] = set()
        self._failures: set[str] = set()

    def begins(self, request_id: str, *, is_event: bool) -> None:
        if is_event:
            self._of_events.add(request_id)

    def record(self, record: dict[str, Any]) -> None:
        if "request_id" not in record:
            say(str(record["level"]).lower(), harmless(str(record["message"])))
            return
        if record["request_id"] not in self._of_events:
            say("request", harmless(" ".join(_of_request(record))))
        self._of_events.discard(record["request_id"])
        trace = str(record.get("traceback") or "")
        if trace and trace not in self._failures and not _is_debugger_left(trace):
            self._failures.add(trace)
            show(own(trace, self._folder) or trace.splitlines())


def _of_request(record: dict[str, Any]) -> Iterable[str]:
    yield f"{record['status']} {record['method']} {record['path']}"
    yield f"({record['total_ms']:.0f} ms)"
    if record["code"]:
        yield str(record["code"])


def _is_debugger_left(trace: str) -> bool:
    """Whether `q` at pdb's prompt ended it, which is no failure."""
    return trace.rstrip().endswith("bdb.BdbQuit")
