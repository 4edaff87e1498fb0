"""The log of a function, for people: the last hour, oldest first, one line per request.

    python tools watching.logs GROUP [--follow]

    10:31:02  v3  200  POST /predict  2.1 ms  cold  8f4c1f0e-…

Times are in this machine's time zone. A failed request has its code at the end and its traceback below. Of the
platform's own lines only failures are shown; all other lines are printed unchanged. --follow continues until Ctrl-C.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import botocore.exceptions

from tools.aws import clients
from tools.watching.plain import harmless

HOUR_MS = 3_600_000
EVERY = 2.0
# A line may become searchable this much later than it was written.
OVERLAP_MS = 60_000
# Errors of an overloaded service, which pass, like those of a network that was down for a moment.
PASSING = ("ThrottlingException", "ServiceUnavailableException", "InternalFailure")

ROUTINE = re.compile(
    r"(START|END) RequestId: |(INIT|RESTORE)_START |EXTENSION\t|TELEMETRY\t|XRAY TraceId: "
    # from the emulator
    r"|\d+ \w+ \d+ [\d:,]+ \[INFO\] \(rapid\) "
)
REPORT = re.compile(r"(INIT_|RESTORE_)?REPORT ")
FAILURE = re.compile(r"Status: (?!success)|Error Type: |timed? ?out", re.IGNORECASE)


def clock(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000).strftime("%H:%M:%S")


def entry_in(message: str) -> dict[str, Any] | None:
    """The entry of serving/log.py, if the line is one."""
    if not message.startswith("{"):
        return None
    try:
        said = json.loads(message)
    except ValueError:
        return None
    wanted = {"request_id", "method", "path", "status"}
    return said if isinstance(said, dict) and wanted <= said.keys() else None


def request_line(entry: dict[str, Any]) -> Iterator[str]:
    version = str(entry.get("function_version", ""))
    yield f"v{version}" if version.isdigit() else version or "-"
    yield str(entry["status"])
    yield f"{entry['method']} {entry['path']}"
    if isinstance(took := entry.get("total_ms"), int | float):
        yield f"{took:.1f} ms"
    if entry.get("cold_start"):
        yield "cold"
    yield str(entry["request_id"])
    if entry.get("code"):
        yield str(entry["code"])


def shown(event: dict[str, Any]) -> list[str]:
    """The lines to show for an event; perhaps none."""
    message = str(event["message"]).rstrip()
    if ROUTINE.match(message) or (REPORT.match(message) and not FAILURE.search(message)):
        return []
    entry = entry_in(message)
    if entry is None:
        return [harmless(line) for line in message.splitlines()] or [""]
    traceback = str(entry.get("traceback") or "").splitlines()
    first = "  ".join((clock(event["timestamp"]), *request_line(entry)))
    return [harmless(first), *(harmless(f"    {line}".rstrip()) for line in traceback)]


class Seen:
    """The events shown so far, as far back as the next answer may repeat them."""

    def __init__(self) -> None:
        self._keys: dict[tuple[Any, ...], int] = {}

    def new(self, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The events of one answer that are new. Two identical events in one answer count as two."""
        alike: Counter[tuple[Any, ...]] = Counter()
        for event in events:
            kind = (event.get("eventId"), event.get("logStreamName"), event["timestamp"], event["message"])
            alike[kind] += 1
            key = (*kind, alike[kind])
            if key not in self._keys:
                self._keys[key] = event["timestamp"]
                yield event

    def forget(self, before: int) -> None:
        self._keys = {key: when for key, when in self._keys.items() if when >= before}


def events(logs: Any, group: str, since: int) -> Iterator[dict[str, Any]]:
    """The events, oldest first, page by page."""
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
        yield from page["events"]


def show(found: Iterable[dict[str, Any]]) -> None:
    for event in found:
        for line in shown(event):
            print(line, flush=True)


def now() -> int:
    return int(time.time() * 1000)


def is_passing(error: Exception) -> bool:
    if isinstance(error, botocore.exceptions.ClientError):
        return error.response["Error"]["Code"] in PASSING
    return isinstance(error, botocore.exceptions.HTTPClientError)


def follow(logs: Any, group: str, since: int) -> None:
    """The start of the range moves on only after an answer, so that nothing is lost."""
    seen = Seen()
    was_away = False
    while True:
        asked = now()
        try:
            show(seen.new(events(logs, group, since)))
        except clients.FAILED as error:
            if not is_passing(error):
                raise
            if not was_away:
                print(f"no answer, asked again every {EVERY:g} s: {error}", file=sys.stderr)
            was_away = True
        else:
            since = max(since, asked - OVERLAP_MS)
            seen.forget(since)
            was_away = False
        time.sleep(EVERY)


def main(group: str, *options: str) -> int:
    logs = clients.client("logs")
    since = now() - HOUR_MS
    try:
        if "--follow" in options:
            follow(logs, group, since)
        else:
            show(events(logs, group, since))
    except logs.exceptions.ResourceNotFoundException:
        print(f"there is no log {group}: its function is not deployed", file=sys.stderr)
        return 1
    except clients.FAILED as error:
        print(f"the log {group} cannot be read: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader has closed the pipe. Python would try to flush the rest as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
