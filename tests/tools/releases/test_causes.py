"""Why a version fails is read from what comes with its answer."""

from __future__ import annotations

import json

import pytest

from tools.releases import causes

CALLED = 'Traceback (most recent call last):\n  File "/var/task/serving/handler.py", line 9, in respond\n    answer()\n'
OWN = '  File "/var/task/app/main.py", line 7, in predict\nValueError: a "b" is\\c'


def lines(**more: object) -> str:
    record = {"level": "ERROR", "status": 500, "traceback": CALLED + OWN, **more}
    return f"START RequestId: 1\n{json.dumps({'level': 'INFO'})}\n{json.dumps(record)}\nEND RequestId: 1\n"


def test_the_folder_s_own_part_of_the_traceback_in_the_log() -> None:
    assert causes.of_log(lines()) == OWN.splitlines()


@pytest.mark.parametrize("more", [{}, {"_aws": {"Timestamp": 1}}])
def test_the_end_of_it_where_the_line_has_lost_its_beginning(more: dict[str, object]) -> None:
    whole = lines(**more)
    cut = whole[whole.index("recent call") :]
    assert causes.of_log(cut) == OWN.splitlines()


@pytest.mark.parametrize(
    "log", ["", "START RequestId: 1\nEND RequestId: 1\n", '{"level": "INFO"}\n', 'half a line", "x": 1}']
)
def test_a_log_without_one(log: str) -> None:
    assert causes.of_log(log) == []


def test_an_exception_of_the_start() -> None:
    said = {"errorType": "KeyError", "errorMessage": "'x'", "stackTrace": ['  File "main.py", line 1\n    load()\n']}
    assert causes.of_failure(said) == ['  File "main.py", line 1', "    load()", "KeyError: 'x'"]


def test_each_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    met = causes.Causes()
    for _ in range(3):
        met.add(["one"])
    met.add(["two"])
    met.add([])
    met.tell()
    assert capsys.readouterr().err.split() == ["the", "error", "there:", "one", "the", "error", "there:", "two"]
