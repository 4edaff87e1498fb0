"""How a model is at a stage: on one screen, with what needs attention first."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from calls import DOCUMENTED_REQUEST, post
from pipeline_runs import Home
from tools.releases import events
from tools.releases.versions import Version
from tools.watching import status
from tools.watching.status import Alarm, Traffic

VERSION = Version(
    number="3",
    published="2026-11-21T10:31:02.000+0000",
    commit="b143ae814f46",
    author="someone",
    image="host/name@sha256:0123456789abcdef",
)
FUNCTION = "xgboost-example-local"

Start = Callable[..., "subprocess.Popen[str]"]


def test_a_version_says_what_it_is_where_it_came_from_and_how_it_was_compared() -> None:
    assert status.about("3", VERSION, "passed (5)") == [
        "version 3  sha256:0123456789ab  gate passed (5)",
        "b143ae814f46, 2026-11-21 10:31 UTC by someone",
    ]


def test_a_canary_says_its_share() -> None:
    first, _ = status.about("3", VERSION, "passed (5)", "0.10")
    assert first.startswith("version 3, 10% of requests  sha256:")


def test_no_version_is_none() -> None:
    assert status.about("none", None, "") == ["none"]
    assert status.about("none", None, "", "0") == ["none"]


def test_a_version_that_was_deleted_is_said_to_be() -> None:
    assert status.about("2", None, "") == ["version 2, which is not there any more"]


def test_the_alarm_that_rings_comes_first() -> None:
    alarms = [Alarm("m-dev-errors", "OK"), Alarm("m-dev-new", "INSUFFICIENT_DATA"), Alarm("m-dev-slow", "ALARM")]
    assert status.alarm_lines(alarms) == ["ALARM    m-dev-slow", "no data  m-dev-new", "ok       m-dev-errors"]


def test_no_alarms_are_none() -> None:
    assert status.alarm_lines([]) == ["none"]


def test_more_alarms_than_the_screen_takes_are_counted() -> None:
    many = [Alarm(f"m-dev-{number:02}", "OK") for number in range(12)]
    assert status.alarm_lines(many)[status.MOST_ALARMS :] == ["and 4 more"]
    ringing = [Alarm(alarm.name, "ALARM") for alarm in many[:10]]
    assert status.alarm_lines([*many[10:], *ringing])[status.MOST_ALARMS :] == ["and 4 more, 2 of them ALARM"]


def test_an_hour_of_requests_is_two_lines() -> None:
    traffic = Traffic(requests=120, client_errors=1, server_errors=0, cold_starts=3, p50=2.149, p99=11.0)
    assert status.traffic_lines(traffic) == [
        "120 requests, 1 client error, 0 server errors, 3 cold starts",
        "p50 2.1 ms, p99 11.0 ms",
    ]


def test_an_hour_without_requests_says_so() -> None:
    assert status.traffic_lines(Traffic(0, 0, 0, 0, 0.0, 0.0)) == ["no requests"]


def test_a_line_is_as_wide_as_the_screen_at_most() -> None:
    (line,) = status.titled("live", ["x" * 100])
    assert len(line) == 80
    assert line.endswith("…")


def test_the_hour_is_one_figure_wherever_the_service_begins_to_count() -> None:
    for minute in range(24 * 60):
        start = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(minutes=minute)
        end = start + timedelta(hours=1, seconds=119)
        length = status.period(start, end)
        assert length % 60 == 0
        assert 3719 <= length <= 86_400
        assert int(start.timestamp()) // length == int(end.timestamp()) // length


def outputs(home: Home) -> dict[str, str]:
    said = home.run("-s", "local", "-m", "xgboost-example", "-o").checked().stdout
    return dict(line.split("=", 1) for line in said.splitlines())


def screen(start: Start, home: Home, stack: str = "UPDATE_COMPLETE", **changed: str) -> str:
    found = outputs(home) | changed
    process = start(
        "watching.status", FUNCTION, "local", found["LIVE_VERSION"], found["PREVIOUS_VERSION"], found["CANARY_VERSION"],
        found["CANARY_SHARE"], stack, found["API_URL"], f"{FUNCTION}-000000000000-us-east-1",
    )  # fmt: skip
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")
    assert len(stdout.splitlines()) < 25
    assert max(len(line) for line in stdout.splitlines()) <= 80
    return stdout


def counts(text: str) -> dict[str, int]:
    return {
        name: int(found[1]) if (found := re.search(rf"(\d+) {name}s?\b", text)) else 0
        for name in ("request", "client error", "server error")
    }


def test_requests_to_the_deployed_model_show_up(start: Start, home: Home, deployed: str) -> None:
    before = counts(screen(start, home))
    for _ in range(3):
        assert post(deployed, {"input_X": DOCUMENTED_REQUEST})[0] == 200
    assert events.send(deployed, {"method": "POST", "path": "/predict", "body": {"input_X": [1]}})[0] == 400
    after = screen(start, home)
    assert counts(after) == {
        name: number + more for (name, number), more in zip(before.items(), (4, 1, 0), strict=True)
    }
    p50, p99 = (float(figure) for figure in re.findall(r"p\d\d (\d+\.\d) ms", after))
    assert 0 < p50 <= p99 < 1000


def test_the_deployed_model_is_told_on_one_screen(start: Start, home: Home, deployed: str) -> None:
    text = screen(start, home)
    digest = outputs(home)["IMAGE_URI"].partition("@")[2]
    live = outputs(home)["LIVE_VERSION"]
    assert "model     xgboost-example at stage local\nstack     UPDATE_COMPLETE\n" in text
    assert f"address   {deployed}\n" in text
    assert re.search(rf"^live +version {live}  {digest[:19]}  gate passed \(\d+\)$", text, re.MULTILINE)
    assert re.search(r"^ +\S+, [\d-]+ [\d:]+ UTC by \S+$", text, re.MULTILINE)
    assert "note      Trained on 506 neighbourhoods of 1970s Boston, to show how this works.\n" in text
    assert "canary    none\n" in text
    for alarm in ("errors", "server-errors", "slow", "throttles"):
        assert f" {FUNCTION}-{alarm}\n" in text


def test_an_alarm_that_rings_stands_first(start: Start, home: Home, deployed: str) -> None:
    def ring(state: str) -> None:
        home.aws(
            "cloudwatch", "set-alarm-state", "--alarm-name", f"{FUNCTION}-slow",
            "--state-value", state, "--state-reason", "a test",
        )  # fmt: skip

    ring("ALARM")
    try:
        assert f"alarms    ALARM    {FUNCTION}-slow\n" in screen(start, home)
    finally:
        ring("OK")


def test_a_canary_and_a_version_that_is_gone_have_their_place(start: Start, home: Home, deployed: str) -> None:
    live = outputs(home)["LIVE_VERSION"]
    text = screen(start, home, PREVIOUS_VERSION="999", CANARY_VERSION=live, CANARY_SHARE="0.25")
    assert "before    version 999, which is not there any more\n" in text
    assert re.search(rf"^canary +version {live}, 25% of requests  sha256:", text, re.MULTILINE)


def test_nothing_deployed_is_told_too(start: Start) -> None:
    process = start(
        "watching.status", "nobody-local", "local", "none", "none", "none", "none", "none", "none", "no-bucket"
    )
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")
    assert stdout.count("none\n") == 6
    assert "last hour no requests\n" in stdout


def test_a_refusal_is_a_sentence(start_with: Start) -> None:
    process = start_with("http://127.0.0.1:1", "watching.status", "m-dev", "dev", *["none"] * 7)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, len(stderr.splitlines())) == (1, "", 1)
    assert stderr.startswith("the state of m-dev cannot be read: ")


@pytest.mark.parametrize(("gate", "share"), [("passed (10)", "0.99"), ("failed (10 of 10)", "none")])
def test_the_widest_that_is_usual_is_not_cut(gate: str, share: str) -> None:
    about = status.about("123", VERSION, gate, share)
    assert all(not line.endswith("…") for line in status.titled("canary", about))
