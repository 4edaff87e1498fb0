"""What a canary's watch makes of what CloudWatch says, and of what it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import made_up_aws
from made_up_aws import Answer, Call
from tools.releases import canary

REFUSED: Answer = (400, json.dumps({"__type": "AccessDeniedException", "message": "not you"}))
SECONDS = 20


class CloudWatch:
    """Both versions get the same requests, and the second one has `errors`. Looks that `fails` counts are refused."""

    def __init__(self, requests: int = 40, errors: int = 0, fails: tuple[int, ...] = (), ringing: int = 0) -> None:
        self.looks = 0
        self.values = {"requests": requests, "p99": 1, "failed": 0, "answered": 0}
        self.errors, self.fails, self.ringing = errors, fails, ringing

    def __call__(self, call: Call) -> Answer:
        if call.action == "cloudwatch:DescribeAlarms":
            ringing = [{"AlarmName": f"f-canary-{number}"} for number in range(self.ringing)]
            return 200, json.dumps({"MetricAlarms": ringing})
        self.looks += 1
        if self.looks in self.fails:
            return REFUSED
        results = [
            {"Id": f"{name}{version}", "Values": [self.errors if f"{name}{version}" == "failed2" else value]}
            for version in "12"
            for name, value in self.values.items()
        ]
        return 200, json.dumps({"MetricDataResults": results})


class Clock:
    """On which nothing but waiting takes time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def verdict(watched: CloudWatch, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    with made_up_aws.in_its_place(watched, monkeypatch):
        monkeypatch.setattr(canary, "time", Clock())
        return canary.verdict(canary.Metrics("f", datetime.now(UTC)), "1", "2", SECONDS)


def test_a_look_that_fails_says_nothing_about_the_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(CloudWatch(fails=(1, 3)), monkeypatch) == (0, "")
    said = "CloudWatch could not be read this time: An error occurred (AccessDeniedException)"
    assert capsys.readouterr().err.count(said) == 2


def test_the_last_look_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = CloudWatch(fails=tuple(range(1, 8)))
    assert verdict(watched, monkeypatch) == (0, "")
    assert watched.looks == 8


def test_what_cannot_be_seen_for_a_minute_is_neither_worse_nor_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = CloudWatch(fails=tuple(range(1, 100)))
    status, why = verdict(watched, monkeypatch)
    assert (status, why) == (canary.UNTOLD, "CloudWatch could not be read at the end")
    assert watched.looks * canary.LOOK_EVERY == SECONDS + canary.PATIENCE


def test_too_few_requests_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    status, why = verdict(CloudWatch(requests=3), monkeypatch)
    assert (status, why.partition(",")[0]) == (canary.UNTOLD, "only 3 requests came to it")


@pytest.mark.parametrize(
    ("watched", "why"),
    [(CloudWatch(errors=2), "errors: 5.00%"), (CloudWatch(ringing=1), "alarm: f-canary-0")],
    ids=["errors", "alarm"],
)
def test_what_is_worse_is_known_at_the_first_look(
    watched: CloudWatch, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = verdict(watched, monkeypatch)
    assert (status, watched.looks) == (canary.WORSE, 1)
    assert said.startswith(why)
