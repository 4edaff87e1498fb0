"""A line of the log is one line to whoever reads it, and no longer than a line."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from io import StringIO

import pytest

from serving import log

# Everything that ends a line somewhere, turns its direction or is not seen.
UNSEEN = [chr(number) for number in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]
# Unicode's category Cf is of signs without a shape; those that belong to one alphabet stay.
UNSEEN += [
    chr(number)
    for number in (0xAD, 0x061C, *range(0x2000, 0x2100), *range(0xFE00, 0x10000))
    if unicodedata.category(chr(number)) == "Cf"
]
# By Unicode's own names for what begins and ends another direction.
EMBEDDING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
EMBEDDED = [chr(number) for number in range(0x10000) if unicodedata.bidirectional(chr(number)) in EMBEDDING]


def entry(**more: str) -> log.Entry:
    facts = {"model": "m", "version": "1", "function": "f", "function_version": "2", "request_id": "3"}
    return log.Entry(**{**facts, "method": "POST", "path": "/predict", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["method", "path", "request_id", "traceback", "version"])
def test_what_is_not_seen_is_escaped_and_read_back(field: str, capsys: pytest.CaptureFixture[str]) -> None:
    for sign in UNSEEN + EMBEDDED:
        log.write(entry(**{field: f"a{sign}b"}))
        out = capsys.readouterr().out
        assert out.endswith("\n")
        assert sign not in out[:-1]
        assert len(out.splitlines()) == 1
        assert json.loads(out)[field] == f"a{sign}b"


def test_other_peoples_letters_stay_letters(capsys: pytest.CaptureFixture[str]) -> None:
    log.write(entry(path="/gr\u00f6\u00dfe/\u05d0/\U0001f600"))
    assert "/größe/\u05d0/\U0001f600" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "client", "server"), [(0, 0, 0), (399, 0, 0), (400, 1, 0), (499, 1, 0), (500, 0, 1), (503, 0, 1)]
)
def test_whose_fault_it_was_follows_from_the_status(status: int, client: int, server: int) -> None:
    told = entry()
    assert (told.status, told.is_cold) == (0, False)
    told.status = status
    record = log.as_record(told)
    assert (record["client_error"], record["server_error"]) == (client, server)


def test_metrics_are_serving_s() -> None:
    measured = entry()
    measured.is_measured = True
    assert 0 <= time.time() * 1000 - log.as_record(measured)["_aws"]["Timestamp"] < 10_000
    assert {one["Namespace"] for one in log.as_record(measured)["_aws"]["CloudWatchMetrics"]} == {"serving"}


class Out(StringIO):
    flushed = 0

    def flush(self) -> None:
        self.flushed += 1


@pytest.mark.parametrize("flushes", [True, False])
def test_a_line_is_out_at_once_unless_somebody_flushes_by_the_clock(
    flushes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Out()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(log, "flushes", flushes)
    log.say("INFO", "here")
    assert json.loads(out.getvalue()) == {"level": "INFO", "message": "here"}
    assert out.flushed == flushes


def test_a_line_is_out_before_a_function_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """There nobody flushes by a clock, and nobody has to say so."""
    monkeypatch.setattr(sys, "stdout", out := Out())
    log.say("INFO", "here")
    assert out.flushed == 1


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    assert log.cut("a" * 10, 10) == "a" * 10
    assert log.cut("a" * 5 + "b" * 90 + "c" * 5, 10) == "aaaaa … 90 characters … ccccc"


def test_a_line_is_bounded_whatever_it_tells(capsys: pytest.CaptureFixture[str]) -> None:
    log.write(entry(path="/" * 10**6, method="X" * 10**6, traceback="first\n" + "x" * 10**6 + "\nlast"))
    log.say("WARNING", "first" + "x" * 10**6 + "last")
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["path"] == "/" * 200
    assert json.loads(first)["method"] == "X" * 20
    assert json.loads(first)["traceback"] == log.cut("first\n" + "x" * 10**6 + "\nlast", 12_000)
    assert json.loads(second)["message"] == log.cut("first" + "x" * 10**6 + "last", 1000)
    assert len(first) < 20_000
    assert len(second) < 2000
    for told in (json.loads(first)["traceback"], json.loads(second)["message"]):
        assert told.startswith("first")
        assert told.endswith("last")
