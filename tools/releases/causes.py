"""Why a version fails: the traceback of its own code, which its callers never see, each once."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

# What comes with an answer is the end of the log, 4 KB of it, so the line may have lost its beginning.
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
    """From where the folder's own code begins: who wrote it does not know what called it."""
    own = (number for number, line in enumerate(lines) if line.lstrip().startswith(_OWN_CODE))
    return lines[next(own, 0) :]


def _of_rest(line: str) -> list[str]:
    """Of a line of JSON without its beginning, which was within the traceback."""
    _, begun, rest = line.partition("\\n")
    found = _REST.match(rest)
    return [] if not begun or found is None else _own(str(json.loads(f'"{found[0]}"')).splitlines())


def of_failure(said: dict[str, Any]) -> list[str]:
    """What the runtime says of an exception that ended a start or an invocation."""
    stack = [line for part in said.get("stackTrace") or [] for line in str(part).rstrip().splitlines()]
    return [*_own(stack), named(said)]


def named(said: dict[str, Any]) -> str:
    return f"{said.get('errorType', 'Error')}: {said.get('errorMessage', '')}"


class Causes:
    """Those that were met while a version was asked."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], None] = {}

    def add(self, lines: list[str]) -> None:
        if lines:
            self._found.setdefault(tuple(lines))

    def tell(self) -> None:
        for lines in self._found:
            print("          what failed there:", file=sys.stderr)
            for line in lines[-_MOST_LINES:]:
                print(f"              {line}", file=sys.stderr)
