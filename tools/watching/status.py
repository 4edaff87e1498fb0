"""The state of a model at a stage, on one screen.

    python tools watching.status FUNCTION STAGE LIVE PREVIOUS CANARY CANARY_SHARE STACK_STATUS API_URL BUCKET [--json]

LIVE, PREVIOUS and CANARY are versions. Each of the arguments from LIVE on may be the word none.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.aws import clients
from tools.releases import gate_records, versions

NONE = "none"
WIDTH = 80
MOST_ALARMS = 8
HOUR = timedelta(hours=1)
# How far a clock may be off.
LATE = timedelta(minutes=1)
MINUTE, DAY = 60, 86_400
# Metric and statistic of each figure.
METRICS = {
    "requests": ("total_ms", "SampleCount"),
    "p50": ("total_ms", "p50"),
    "p99": ("total_ms", "p99"),
    "client_errors": ("client_error", "Sum"),
    "server_errors": ("server_error", "Sum"),
    "cold_starts": ("cold_start", "Sum"),
}


@dataclass(frozen=True)
class Alarm:
    name: str
    state: str


@dataclass(frozen=True)
class Traffic:
    """The figures of the last hour."""

    requests: int
    client_errors: int
    server_errors: int
    cold_starts: int
    p50: float
    p99: float


def cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def some(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def titled(title: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield cut(f"{title:<10}{line}".rstrip())
        title = ""


def about(number: str, version: versions.Version | None, gate: str, share: str = NONE) -> list[str]:
    """The lines about a version that is live, previous or a canary."""
    if number == NONE:
        return [NONE]
    named = f"version {number}" if share == NONE else f"version {number}, {float(share):.0%} of requests"
    if version is None:
        return [f"{named}, which is not there any more"]
    return [
        f"{named}  {version.digest[:19]}  gate {gate}",
        f"{version.commit}, {version.published[:16].replace('T', ' ')} UTC by {version.author}",
    ]


def alarm_lines(alarms: list[Alarm]) -> list[str]:
    """Ringing alarms come first, and no silent one displaces them."""
    order = ("ALARM", "INSUFFICIENT_DATA", "OK")
    words = {"ALARM": "ALARM", "INSUFFICIENT_DATA": "no data", "OK": "ok"}
    found = sorted(alarms, key=lambda alarm: (order.index(alarm.state), alarm.name))
    lines = [f"{words[alarm.state]:<9}{alarm.name}" for alarm in found[:MOST_ALARMS]]
    if left := found[MOST_ALARMS:]:
        ringing = sum(alarm.state == "ALARM" for alarm in left)
        lines.append(f"and {len(left)} more" + (f", {ringing} of them ALARM" if ringing else ""))
    return lines or [NONE]


def traffic_lines(traffic: Traffic) -> list[str]:
    if not traffic.requests:
        return ["no requests"]
    counts = (
        some(traffic.requests, "request"),
        some(traffic.client_errors, "client error"),
        some(traffic.server_errors, "server error"),
        some(traffic.cold_starts, "cold start"),
    )
    return [", ".join(counts), f"p50 {traffic.p50:.1f} ms, p99 {traffic.p99:.1f} ms"]


def period(start: datetime, end: datetime) -> int:
    """A period that makes one figure of the whole time, as percentiles cannot be added up: no period border may lie
    within, whether periods count from the start or from the epoch, as services differ in that."""
    first, last = int(start.timestamp()), int(end.timestamp())
    shortest = -(-(last - first) // MINUTE) * MINUTE
    fitting = (length for length in range(shortest, DAY + 1, MINUTE) if first // length == last // length)
    return next(fitting, DAY)


def traffic(cloudwatch: Any, function: str) -> Traffic:
    now = datetime.now(UTC)
    start, end = (now - HOUR).replace(second=0, microsecond=0), now + LATE
    queries = [
        {
            "Id": key,
            "MetricStat": {
                "Metric": {
                    "Namespace": "serving",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "function", "Value": function}],
                },
                "Period": period(start, end),
                "Stat": statistic,
            },
        }
        for key, (metric, statistic) in METRICS.items()
    ]
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end)
    values = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
    counts = {key: round(sum(values[key])) for key in METRICS if key not in ("p50", "p99")}
    return Traffic(**counts, p50=max(values["p50"], default=0.0), p99=max(values["p99"], default=0.0))


def alarms(cloudwatch: Any, function: str) -> list[Alarm]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{function}-")
    return [Alarm(alarm["AlarmName"], alarm["StateValue"]) for page in pages for alarm in page["MetricAlarms"]]


def known(functions: Any, function: str, numbers: set[str]) -> dict[str, versions.Version]:
    if not numbers:
        return {}
    try:
        return {
            version.number: version for version in versions.listed(functions, function) if version.number in numbers
        }
    except functions.exceptions.ResourceNotFoundException:
        return {}


@dataclass(frozen=True)
class Given:
    """What the run already knows from the stack."""

    function: str
    stage: str
    live: str
    previous: str
    canary: str
    share: str
    stack: str
    api_url: str
    bucket: str

    @property
    def model(self) -> str:
        return self.function.removesuffix(f"-{self.stage}")


@dataclass(frozen=True)
class Found:
    """The answers: the versions shown and the results of their gates, by number, alarms and traffic."""

    versions: dict[str, versions.Version]
    gates: dict[str, gate_records.Record | None]
    alarms: list[Alarm]
    traffic: Traffic


def ask(given: Given) -> Found:
    functions, storage, cloudwatch = (clients.client(service) for service in ("lambda", "s3", "cloudwatch"))
    found = known(functions, given.function, {given.live, given.previous, given.canary} - {NONE})
    gates = {
        number: gate_records.find(storage, given.bucket, number, version.published) for number, version in found.items()
    }
    return Found(found, gates, alarms(cloudwatch, given.function), traffic(cloudwatch, given.function))


def lines(given: Given, found: Found) -> Iterator[str]:
    def part(number: str, of_requests: str = NONE) -> list[str]:
        gate = versions.gate(found.gates.get(number))
        return about(number, found.versions.get(number), gate, of_requests)

    yield from titled("model", [f"{given.model} at stage {given.stage}"])
    yield from titled("stack", [given.stack])
    # Never cut: people copy it.
    yield f"{'address':<10}{given.api_url}"
    yield ""
    yield from titled("live", part(given.live))
    record = found.gates.get(given.live)
    yield from titled("note", textwrap.wrap(record.note, WIDTH - 10) if record else [])
    yield from titled("before", part(given.previous))
    yield from titled("canary", part(given.canary, given.share))
    yield ""
    yield from titled("alarms", alarm_lines(found.alarms))
    yield ""
    yield from titled("last hour", traffic_lines(found.traffic))


def facts(given: Given, found: Found) -> dict[str, Any]:
    """For programs."""

    def part(number: str, state: str) -> dict[str, Any] | None:
        version = found.versions.get(number)
        return versions.facts(version, state, found.gates.get(number)) if version else None

    return {
        "model": given.model,
        "stage": given.stage,
        "stack": given.stack,
        "address": given.api_url,
        "live": part(given.live, "live"),
        "previous": part(given.previous, ""),
        "canary": part(given.canary, "canary"),
        "canary_share": float(given.share),
        "alarms": [asdict(alarm) for alarm in found.alarms],
        "last_hour": asdict(found.traffic),
    }


def main(*arguments: str) -> int:
    given, form = Given(*arguments[:9]), arguments[9:]
    try:
        found = ask(given)
        print(json.dumps(facts(given, found), indent=2) if form == ("--json",) else "\n".join(lines(given, found)))
    except clients.FAILED as error:
        print(f"the state of {arguments[0]} cannot be read: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
