"""On Lambda every line of both streams is a line of the log, whoever writes it, and there is no end of none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serving import log, streams

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import ctypes, logging, os, sys, threading, warnings
import msgspec, serving

class Query(msgspec.Struct):
    x: float = 1

def load() -> int:
    ctypes.CDLL(None).dprintf(2, b"INFO: a library speaks\\n\\nand again\\xff")
    return 1

def predict(model: int, query: Query) -> float:
    for number in range(1000):
        warnings.warn(f"tag {number} is broken \\u202e", stacklevel=1)
    print("somebody prints", file=sys.stderr)
    print("x" * 100_000, file=sys.stderr)
    logging.getLogger("a.library").warning("somebody logs\\nin two lines")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    return query.x

handler = serving.Handler(load, predict, name="loud")
handler({"x": 2})
"""


def lines() -> tuple[list[dict[str, Any]], str]:
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()], run.stderr


def test_every_line_of_both_streams_is_one_of_ours() -> None:
    found, beside = lines()
    assert beside == ""
    said = [line.get("message", "") for line in found]
    assert said[:2] == ["INFO: a library speaks", "and again\\xff"]
    assert "somebody prints" in said
    assert "ZeroDivisionError: division by zero" in said
    assert any("somebody logs" in message for message in said)
    assert found[-1]["status"] == 200


def test_what_is_wrong_a_thousand_times_is_said_once() -> None:
    found, _ = lines()
    warned = [line for line in found if "broken" in line.get("message", "")]
    assert len(warned) == 1
    assert {line["level"] for line in found} == {"WARNING", "INFO"}
    assert warned[0]["level"] == "WARNING"
    assert warned[0]["where"].startswith("<string>:")
    assert sum(len(json.dumps(line)) for line in found) < 20_000


def test_a_model_that_does_not_load_has_its_last_words_in_the_log() -> None:
    program = PROGRAM.replace("return 1\n", "raise RuntimeError('no model')\n", 1)
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    said = [json.loads(line)["message"] for line in run.stdout.splitlines()]
    assert said[0] == "INFO: a library speaks"
    assert said[-1] == "RuntimeError: no model"


def test_a_line_without_an_end_is_cut_and_one_that_comes_in_pieces_is_put_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = streams.Lines()
    assert stream.writable()
    for piece in ("one ", "line\n\n", "x" * 1000):
        assert stream.write(piece) == len(piece)
    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["one line"]
    stream.write("y")
    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == [
        log.cut("x" * 1000 + "y", 1000)
    ]
    stream.write("z\n")
    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["z"]


def test_what_is_captured_is_in_the_log_and_what_comes_after_it_goes_out(capfd: pytest.CaptureFixture[str]) -> None:
    with streams.captured():
        os.write(2, b"line\n" * 150)
    os.write(2, b"after")
    out, err = capfd.readouterr()
    assert [json.loads(line)["message"] for line in out.splitlines()] == ["line"] * 100
    assert err == "after"


def test_what_was_captured_leaves_no_file_open() -> None:
    before = open_files()
    with streams.captured():
        pass
    assert open_files() == before


def open_files() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())
