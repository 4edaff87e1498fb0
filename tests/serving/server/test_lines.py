"""What the server says of itself: lines of JSON that a terminal obeys nothing of, none longer than it may be."""

from __future__ import annotations

import json
import logging
import os
import sys

import pytest

from serving.server import lines


def test_a_line_says_how_grave_it_is_and_which_process_speaks() -> None:
    assert json.loads(lines.line("INFO", "ready")) == {"level": "INFO", "message": "ready", "process": os.getpid()}
    assert json.loads(lines.line("ERROR", "no", "in f"))["traceback"] == "in f"


def test_a_line_is_of_ascii_and_of_no_character_that_terminals_obey() -> None:
    said = lines.line("INFO", "\x7f\x1b\u202eü\n")
    assert said.isascii()
    assert said.isprintable()
    assert json.loads(said)["message"] == "\x7f\x1b\u202eü\n"


@pytest.mark.parametrize(("field", "most"), [("message", 1000), ("traceback", 8000)])
def test_of_what_is_too_long_beginning_and_end_stay(field: str, most: int) -> None:
    half = most // 2
    for text, wanted in (
        ("a" * half + "b" * half, "a" * half + "b" * half),
        ("a" * half + "-" + "b" * half, "a" * half + " … 1 characters … " + "b" * half),
    ):
        assert json.loads(lines.line("INFO", **{"message": "", "traceback": "", field: text}))[field] == wanted


def test_what_is_said_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for it reads a file or a pipe."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as read, os.fdopen(writing, "w") as write:
        monkeypatch.setattr("sys.stdout", write)
        lines.say("INFO", "ready")
        assert json.loads(read.readline())["message"] == "ready"
        monkeypatch.setattr("sys.stderr", write)
        with pytest.raises(SystemExit) as ended:
            lines.fail("no port")
        assert json.loads(read.readline()) == {"level": "ERROR", "message": "no port", "process": os.getpid()}
    assert ended.value.code == 1


def test_what_a_library_logs_has_the_same_form() -> None:
    plain = logging.LogRecord("uvicorn", logging.WARNING, __file__, 1, "a %s", ("word",), None)
    assert json.loads(lines.Line().format(plain)) == {"level": "WARNING", "message": "a word", "process": os.getpid()}
    try:
        raise KeyError("x")
    except KeyError:
        failed = logging.LogRecord("uvicorn", logging.ERROR, __file__, 1, "oh", None, sys.exc_info())
    assert "KeyError: 'x'" in json.loads(lines.Line().format(failed))["traceback"]
