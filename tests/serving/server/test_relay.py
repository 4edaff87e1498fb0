"""What comes through a worker's stderr is passed on as lines of ours, so many a second."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline_runs import ROOT
from serving.server.relay import Relay

# What is written, second by second.
Seconds = list[bytes]
Passed = Callable[[Seconds], list[dict[str, Any]]]


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Passed:
    """What is passed on of it."""

    def passed(seconds: Seconds) -> list[dict[str, Any]]:
        written = b"".join(seconds)
        times = [place + 0.9 for place, text in enumerate(seconds) for _ in text.splitlines()]
        clock = itertools.chain(times, itertools.repeat(times[-1]))
        with monkeypatch.context() as patched:
            patched.setattr("serving.server.relay.time", SimpleNamespace(monotonic=lambda: next(clock)))
            relay = Relay()
            os.write(relay.source, written)
            relay.end()
        return [json.loads(line) for line in capfd.readouterr().err.splitlines()]

    return passed


def test_what_is_no_line_of_ours_becomes_one(passed: Passed) -> None:
    ours = {"level": "ERROR", "message": "mine", "process": 5}
    found = passed([json.dumps(ours).encode() + b"\n\xff plain \n[1]\n"])
    assert found[0] == ours
    assert [(line["level"], line["message"]) for line in found[1:]] == [("WARNING", "\\xff plain"), ("WARNING", "[1]")]


@pytest.mark.parametrize("second", [0, 1])
def test_fifty_lines_a_second_are_passed_on_and_the_others_counted(passed: Passed, second: int) -> None:
    for count, told in ((50, []), (51, ["1 more lines on stderr are left out."])):
        found = passed([b""] * second + [b"x\n" * count])
        assert [line["message"] for line in found] == ["x"] * 50 + told
        assert {line["level"] for line in found} == {"WARNING"}


def test_the_next_second_begins_anew(passed: Passed) -> None:
    found = [line["message"] for line in passed([b"a\n" * 53, b"b\n" * 50, b"c\n"])]
    assert found == ["a"] * 50 + ["3 more lines on stderr are left out."] + ["b"] * 50 + ["c"]


def test_a_line_without_end_is_taken_in_pieces(monkeypatch: pytest.MonkeyPatch, passed: Passed) -> None:
    monkeypatch.setattr("serving.server.relay.LONGEST_LINE", 5)
    assert [line["message"] for line in passed([b"\n\n12345678\n"])] == ["", "", "12345", "678"]


def test_who_begins_it_may_end_without_ending_it() -> None:
    """As where a setting is wrong."""
    program = [sys.executable, "-c", "from serving.server.relay import Relay; Relay()"]
    assert subprocess.run(program, cwd=ROOT, timeout=10, check=False).returncode == 0


def test_it_is_passed_on_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as read, os.fdopen(writing, "w") as write:
        monkeypatch.setattr("sys.stderr", write)
        relay = Relay()
        os.write(relay.source, b"now\n")
        assert json.loads(read.readline())["message"] == "now"
        os.write(relay.source, b"x\n" * 60)
        time.sleep(1)
        os.write(relay.source, b"later\n")
        while (said := json.loads(read.readline())["message"]) == "x":
            pass
        assert "left out" in said
        relay.end()
