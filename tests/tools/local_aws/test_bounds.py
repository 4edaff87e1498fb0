"""The local AWS keeps a bounded amount of what it is asked, and what it then says of it stays right."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.services import cloudwatch, cloudwatch_logs

from bench import load
from calls import DOCUMENTED_REQUEST
from pipeline_runs import ROOT, Home
from tools.local_aws import bounds
from tools.local_aws.bounds import LATEST, VALUES, _bounding_streams, _bounding_values, compacted


def point(second: float, value: float, **more: float) -> dict[str, Any]:
    return {"Timestamp": second, "Value": value, "Unit": "None", "Dimensions": {}, **more}


def test_old_values_are_counted_and_the_latest_kept_as_they_are() -> None:
    points = [point(number / 50, float(number % 7 == 0)) for number in range(VALUES)]
    kept = compacted(points)
    assert len(kept) < LATEST + 10
    assert kept[-LATEST:] == points[-LATEST:]
    for statistic in ("Sum", "SampleCount", "Average", "Minimum", "Maximum"):
        assert cloudwatch._calc_stats(kept)[statistic] == pytest.approx(cloudwatch._calc_stats(points)[statistic])
    again = compacted(kept + points)
    assert cloudwatch._calc_stats(again)["SampleCount"] == 2 * VALUES


def test_percentiles_of_what_was_counted_are_near() -> None:
    points = [point(number / 50, 1.0 + (number * 37 % 1000) / 10) for number in range(VALUES)]
    for percentile in (50.0, 95.0, 99.0):
        exact, near = (
            cloudwatch._percentile(cloudwatch._percentile_samples(each), percentile)
            for each in (points, compacted(points))
        )
        assert near == pytest.approx(exact, rel=0.05)


def test_a_metric_that_is_written_for_ever_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[dict[str, Any]] = []
    monkeypatch.setattr(cloudwatch, "_metric_bucket", lambda key: kept)
    clock = [0.0]
    monkeypatch.setattr(cloudwatch, "time", SimpleNamespace(time=lambda: clock[0]))
    record = _bounding_values(cloudwatch.record_metric)
    for number in range(20_000):
        clock[0] = number / 50
        record("serving", "total_ms", 1.0 + number * 37 % 1000 / 7, "Milliseconds", {"function": "f"})
    assert len(kept) <= VALUES


def test_logs_keep_their_latest_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    groups: dict[str, Any] = {name: {"streams": {}} for name in ("busy", "quiet")}
    monkeypatch.setattr(cloudwatch_logs, "_log_groups", groups)
    monkeypatch.setattr(bounds, "STREAMS", 12)
    emit = _bounding_streams(lambda group, name: groups[group]["streams"].setdefault(name, {}))
    emit("quiet", "first")
    for number in range(25):
        emit("busy", f"{number}")
    assert [*groups["quiet"]["streams"]] == ["first"]
    assert [*groups["busy"]["streams"]] == [f"{number}" for number in range(14, 25)]


REPLAYED = """
import json, resource
from ministack.services import cloudwatch, lambda_svc
from tools.local_aws import bounds
bounds.STREAMS = 1000
bounds.install()
function = {"config": {"FunctionName": "f", "Version": "1"}}
def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
for number in range(7000):
    if number == 1500:
        before = megabytes()
    line = json.dumps({"level": "INFO", "message": "x" * 800, "request_id": f"{number}"})
    lambda_svc._emit_lambda_logs(function, f"{number}", line, False, 3)
    for metric in range(15):
        value = number * 37 % 1000 / 7
        cloudwatch.record_metric("serving", f"metric {metric}", value, "Milliseconds", {"function": "f"})
print(megabytes() - before)
"""


def test_what_requests_leave_behind_does_not_add_up() -> None:
    """By MiniStack's own functions, without the requests: 60 MB without bounds."""
    grown = subprocess.check_output([sys.executable, "-c", REPLAYED], cwd=ROOT, text=True)
    assert float(grown) < 15


def megabytes(home: Home) -> float:
    pid = json.loads((home.path / "aws" / "server.json").read_text())["pid"]
    [resident] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(resident.split()[1]) / 1024


@pytest.mark.whole_memory
def test_memory_is_bounded_over_65_000_requests(deployed: str, home: Home) -> None:
    sent = load.request("POST", "/xgboost-example/predict", {"input_X": DOCUMENTED_REQUEST})
    before, answered, began = megabytes(home), 0, time.monotonic()
    while answered < 65_000:
        answered += load.run(("127.0.0.1", home.port), [sent], 8, 10).statuses[200]
    print(f"{answered} requests in {time.monotonic() - began:.0f} s: {before:.0f} to {megabytes(home):.0f} MB")
    assert megabytes(home) < 400
