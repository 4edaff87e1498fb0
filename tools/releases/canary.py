"""Watch two versions share the requests, and decide whether the new one gets them all.

    python tools releases.canary FUNCTION OLD NEW API_ROOT PATH FOLDER/events MINUTES

Meanwhile the folder's good events are sent to the address, so that there is something to compare without other traffic.
Callers' requests count the same. Exit status 0: the new version did as well as the old one. 3: it did worse; this is
reported as soon as it shows. 1: it could not be decided. The reason is printed.

These figures of CloudWatch are compared, by version:

- errors: requests that failed in the function or got a 5xx. The new version's share of them must not exceed FACTOR
  times the old one's.
- p99 of the handler's own time, without cold starts. The new version's must not exceed FACTOR times the old one's plus
  SLACK_MS.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tools.aws import clients
from tools.releases import event_files, events

WORSE, UNTOLD = 3, 1
FACTOR = 1.5
SLACK_MS = 10.0
# Fewer requests than this say nothing about their slowest hundredth.
ENOUGH = 30
REQUESTS_PER_SECOND = 5.0
LOOK_EVERY = 5.0
# How far CloudWatch may lag behind.
LATE = timedelta(seconds=60)
# How long to retry the last look before giving up.
PATIENCE = 60.0


@dataclass(frozen=True)
class Seen:
    """The figures of one version since the watch began."""

    requests: float
    errors: float
    p99: float

    @property
    def share(self) -> float:
        return self.errors / self.requests if self.requests else 0.0

    def __str__(self) -> str:
        return f"{self.requests:.0f} requests, {self.errors:.0f} errors, p99 {self.p99:.1f} ms"


@dataclass(frozen=True)
class Look:
    """The figures of both versions, and the canary's alarms that are ringing."""

    old: Seen
    new: Seen
    ringing: list[str]

    @property
    def complaint(self) -> str | None:
        """What is worse about the new version."""
        old, new = self.old, self.new
        if new.errors and new.share > FACTOR * old.share:
            return f"errors: {new.share:.2%} of its requests, {old.share:.2%} of the old version's (factor {FACTOR:g})"
        if min(old.requests, new.requests) >= ENOUGH and new.p99 > FACTOR * old.p99 + SLACK_MS:
            return f"p99: {new.p99:.1f} ms, of the old version {old.p99:.1f} ms (factor {FACTOR:g} and {SLACK_MS:g} ms)"
        return f"alarm: {', '.join(self.ringing)}" if self.ringing else None


class Metrics:
    """CloudWatch, read for both versions in one call."""

    def __init__(self, function: str, since: datetime) -> None:
        self._cloudwatch = clients.client("cloudwatch")
        self._function, self._since = function, since

    def read(self, *versions: str) -> list[Seen]:
        queries = [query for version in versions for query in self._queries(version)]
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=self._since, EndTime=datetime.now(UTC) + LATE
        )
        values = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
        return [
            Seen(
                sum(values[f"requests{version}"]),
                sum(values[f"failed{version}"]) + sum(values[f"answered{version}"]),
                max(values[f"p99{version}"], default=0.0),
            )
            for version in versions
        ]

    def _queries(self, version: str) -> Iterator[dict[str, Any]]:
        on_alias = {
            "FunctionName": self._function,
            "Resource": f"{self._function}:live",
            "ExecutedVersion": version,
        }
        by_itself = {"function": self._function, "function_version": version}
        # One period for the whole watch, so that there is one figure.
        period = 60 * (1 + int((datetime.now(UTC) + LATE - self._since).total_seconds() // 60))
        for name, namespace, metric, statistic, dimensions in (
            ("requests", "AWS/Lambda", "Invocations", "Sum", on_alias),
            ("failed", "AWS/Lambda", "Errors", "Sum", on_alias),
            ("answered", "serving", "server_error", "Sum", by_itself),
            ("p99", "serving", "total_ms", "p99", by_itself),
        ):
            yield {
                "Id": f"{name}{version}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": metric,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": period,
                    "Stat": statistic,
                },
            }

    def alarms(self) -> list[str]:
        """The template's canary alarms that are ringing."""
        found = self._cloudwatch.describe_alarms(AlarmNamePrefix=f"{self._function}-canary", StateValue="ALARM")
        return [alarm["AlarmName"] for alarm in found["MetricAlarms"]]


def keep_asking(api_url: str, requests: list[dict[str, Any]], stopped: Event) -> None:
    """Send requests at a steady, low rate. CloudWatch has the results, so answers are ignored."""
    number = 0
    while not stopped.wait(1 / REQUESTS_PER_SECOND):
        with contextlib.suppress(*events.NO_ANSWER):
            events.send(api_url, requests[number % len(requests)])
        number += 1


def good_requests(folder: Path, path: str) -> list[dict[str, Any]]:
    found = [event_files.read(file) for file in sorted(folder.glob("*.json"))]
    return [
        event["request"]
        for event in found
        if event["request"]["path"].partition("?")[0] == path and event["answer"]["status"] == 200
    ]


def looked(metrics: Metrics, old: str, new: str) -> Look | None:
    """One look; None if CloudWatch cannot be read, which says nothing about a version."""
    try:
        seen_old, seen_new = metrics.read(old, new)
        found = Look(seen_old, seen_new, metrics.alarms())
    except clients.FAILED as error:
        print(f"          CloudWatch could not be read this time: {error}", file=sys.stderr)
        return None
    print(f"          version {new}: {found.new}; version {old}: {found.old}", file=sys.stderr)
    return found


def verdict(metrics: Metrics, old: str, new: str, seconds: float) -> tuple[int, str]:
    """An exit status and its reason."""
    until = time.monotonic() + seconds
    left, found = seconds, None
    while left > 0 or (found is None and left > -PATIENCE):
        time.sleep(min(LOOK_EVERY, left) if left > 0 else LOOK_EVERY)
        found = looked(metrics, old, new)
        if found and found.complaint:
            return WORSE, found.complaint
        left = until - time.monotonic()
    if found is None:
        return UNTOLD, "CloudWatch could not be read at the end"
    if found.new.requests < ENOUGH:
        few = f"only {found.new.requests:.0f} requests came to it"
        return UNTOLD, f"{few}, and {ENOUGH} are needed: give it a larger share or more time"
    return 0, ""


def main(function: str, old: str, new: str, api_root: str, path: str, folder: str, minutes: str) -> int:
    metrics = Metrics(function, datetime.now(UTC))
    requests = good_requests(Path(folder), path)
    stopped = Event()
    asking = Thread(target=keep_asking, args=(api_root, requests, stopped))
    asking.start()
    try:
        status, reason = verdict(metrics, old, new, float(minutes) * 60)
    finally:
        stopped.set()
        asking.join()
    print(reason)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
