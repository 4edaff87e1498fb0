"""What --doctor says of this machine: name, engine, disk, clock."""

from __future__ import annotations

import email.utils
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.doctor import machine
from tools.doctor.checks import Asked

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, "ok"), (59, "ok"), (-61, "warning"), (299, "warning"), (301, "problem"), (-3600, "problem")],
)
def test_a_clock_is_compared_with_that_of_aws(seconds: int, state: str) -> None:
    theirs = email.utils.format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    check = machine.clock({"date": theirs}, NOW)
    assert check.state == state
    assert check.state == "ok" or f"{abs(seconds)} s from AWS's" in check.words


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_an_answer_without_a_date_says_nothing_of_the_clock(headers: dict[str, str]) -> None:
    assert machine.clock(headers, NOW).state == "warning"


@pytest.mark.parametrize(("gigabytes", "state"), [(40, "ok"), (3, "warning"), (0.5, "problem")])
def test_a_disk_that_is_nearly_full_is_told(
    gigabytes: float, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100, 60, gigabytes * 1e9))
    check = machine.disk(tmp_path)
    assert check.state == state
    assert f"{gigabytes:.1f} GB free at {tmp_path}" in check.words


def test_an_engine_that_a_run_brings_stops_nothing() -> None:
    assert machine.engine("", is_brought=False).state == "ok"
    assert machine.engine("there is no docker command", is_brought=True).state == "warning"
    assert machine.engine("there is no docker command", is_brought=False).state == "problem"


def test_a_name_that_a_service_would_refuse_is_a_problem() -> None:
    asked = Asked("a--b", "dev", "a--b", "us-east-1", {})
    assert machine.name(asked, "").state == "ok"
    assert machine.name(asked, "it must have 2 to 24").state == "problem"
