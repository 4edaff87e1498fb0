"""One version of a deployed function, used like a container; its times are those that Lambda reports and bills."""

from __future__ import annotations

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tools.aws import clients
from tools.releases import causes, invocation
from tools.releases.event_files import Events
from tools.releases.events import Unanswered
from tools.tuning.measuring import Patience, first_request, row_of
from tools.tuning.points import Point
from tools.tuning.rows import Outcome, Row
from tools.tuning.subjects import KILLED, Died

REPORT = re.compile(r"^REPORT RequestId: .*$", re.MULTILINE)
FIELD = re.compile(r"(Init Duration|Duration): ([\d.]+) ms")
TIMED_OUT = ("Task timed out", "Sandbox.Timedout")
# This many concurrent requests cause as many cold starts.
STARTS = 3
MOST_INIT = 10_000.0  # milliseconds that Lambda waits for one


@dataclass(frozen=True)
class Report:
    """The times of one invocation, in milliseconds."""

    duration: float
    init: float

    @staticmethod
    def of(log: str) -> Report:
        lines = REPORT.findall(log)
        if not lines:
            raise Died("Lambda reported no time for it")
        fields = {name: float(value) for name, value in FIELD.findall(lines[-1].replace("Billed Duration", "Billed"))}
        return Report(fields["Duration"], fields.get("Init Duration", 0.0))


def measure(function: str, version: str, point: Point, asked: Events, patience: Patience) -> Row:
    subject = Version(function, version, point.memory_mb)
    try:
        # A new version, so the first requests are cold starts.
        cold = subject.starts(first_request(asked))
        return row_of(subject, point, asked, patience, lambda: cold)
    except (Died, Unanswered) as death:
        return Row(point, Outcome.DIED, reason=str(death))


class Version:
    def __init__(self, function: str, version: str, memory_mb: int) -> None:
        self._functions = clients.invoking()
        self._named = {"FunctionName": function, "Qualifier": version}
        self._memory_mb = memory_mb
        self.died: Died | None = None

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]:
        answer, _ = self._invoke(json.dumps(invocation.event(request)).encode())
        return invocation.read(answer)

    def timed(self, event: bytes) -> tuple[Any, float]:
        answer, report = self._invoke(event)
        return answer, report.duration

    def starts(self, request: dict[str, Any]) -> list[float]:
        """Milliseconds of cold starts, first answers included. An account with little concurrency gives fewer."""
        event = json.dumps(invocation.event(request)).encode()
        with ThreadPoolExecutor(STARTS) as pool:
            found = list(pool.map(self._start, [event] * STARTS))
        reports = [report for report in found if isinstance(report, Report)]
        if not reports:
            raise next(why for why in found if isinstance(why, Exception))
        # A start longer than Lambda's limit is not reported, and begins again within the request.
        begun_again = [max(report.duration for report in reports) + MOST_INIT]
        return [report.init + report.duration for report in reports if report.init] or begun_again

    def _start(self, event: bytes) -> Report | Exception:
        try:
            return self._invoke(event)[1]
        except (Died, Unanswered) as why:
            return why

    def _invoke(self, event: bytes) -> tuple[Any, Report]:
        try:
            made = self._functions.invoke(**self._named, LogType="Tail", Payload=event)
        except clients.FAILED as error:
            raise self._dies(str(error)) from None
        answer = json.loads(made["Payload"].read())
        if "FunctionError" in made:
            said = causes.named(answer)
            if KILLED in said or "Runtime.OutOfMemory" in said:
                raise self._dies(f"out of memory: {self._memory_mb:,} MB are not enough")
            if any(words in said for words in TIMED_OUT):
                raise self._dies(f"out of time: {said}")
            raise Unanswered(f"the function failed: {said}")
        return answer, Report.of(base64.b64decode(made.get("LogResult", "")).decode(errors="replace"))

    def _dies(self, why: str) -> Died:
        self.died = Died(why)
        return self.died
