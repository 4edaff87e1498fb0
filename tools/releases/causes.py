"""Why a version fails: the tracebacks of its own code, which callers never see, each once."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

# An invocation returns only the last 4 KB of the log, so the beginning of the line may be cut off.
_REST = re.compile(r'(?:[^"\\]|\\.)*(?=")')
_MOST_LINES = 20
_OWN_CODE = 'File "/var/task/app/'


def of_log(tail: str) -> list[str]:
    """The newest traceback in the last lines of a log."""
    for line in reversed(tail.splitlines()):
        try:
            record = json.loads(line)
        except ValueError:
            if found := _of_rest(line):
                return found
            continue
        if isinstance(record, dict) and record.get("traceback"):
            return _own(str(record["traceback"]).splitlines())
    return []


def _own(lines: list[str]) -> list[str]:
    """The traceback from the folder's first frame on: the author need not know the callers above it."""
    own = (number for number, line in enumerate(lines) if line.lstrip().startswith(_OWN_CODE))
    return lines[next(own, 0) :]


def _of_rest(line: str) -> list[str]:
    """The traceback in a line of JSON whose beginning, within the traceback, is cut off."""
    _, begun, rest = line.partition("\\n")
    found = _REST.match(rest)
    return [] if not begun or found is None else _own(str(json.loads(f'"{found[0]}"')).splitlines())


def of_failure(said: dict[str, Any]) -> list[str]:
    """The runtime's report of an exception that ended a start or an invocation."""
    stack = [line for part in said.get("stackTrace") or [] for line in str(part).rstrip().splitlines()]
    return [*_own(stack), named(said)]


def named(said: dict[str, Any]) -> str:
    return f"{said.get('errorType', 'Error')}: {said.get('errorMessage', '')}"


class Causes:
    """The causes seen while a version was tested."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], None] = {}

    def add(self, lines: list[str]) -> None:
        if lines:
            self._found.setdefault(tuple(lines))

    def tell(self) -> None:
        for lines in self._found:
            print("          the error there:", file=sys.stderr)
            for line in lines[-_MOST_LINES:]:
                print(f"              {line}", file=sys.stderr)
