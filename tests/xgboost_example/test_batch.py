"""A chunk of a batch over the real model: the rows of the address, many at once."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import buckets
from buckets import Bucket
from processor_time import least
from tools.releases import event_files
from xgboost_example.conftest import FOLDER

Main = Callable[[str], ModuleType]

ROWS = 30_000


def samples() -> list[bytes]:
    """The bodies of the folder's events, and what is wrong in ways of its own."""
    asked = [event_files.read(path)["request"] for path in event_files.paths(FOLDER / "events")]
    rows = [[1.0] * 13, [None] * 13]
    odd: list[Any] = [rows, [], [rows[0], 1.0], [1.0, rows[0]], [rows[0], [1.0]], rows * 6000, [True] * 13, [[]], None]
    bodies = [request["body"] for request in asked if "body" in request] + [{"input_X": each} for each in odd]
    return [json.dumps(body).encode() for body in bodies]


@pytest.mark.parametrize("backend", ["fast", "native"])
def test_every_row_is_answered_as_by_the_address(bucket: Bucket, main: Main, backend: str) -> None:
    handler = main(backend).handler
    bodies = samples() * 3
    handler(buckets.event(buckets.lines(bucket, bodies)))
    found = [buckets.as_by_address(row) for row in buckets.results(bucket)]
    assert found == [buckets.by_address(handler, body) for body in bodies]
    assert {status for status, _ in found} == {200, 400}


def test_only_what_is_refused_is_answered_by_itself(
    bucket: Bucket, main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = b'{"input_X": [%s]}' % b",".join([b"1"] * 13), b'{"input_X": [1]}'
    main("fast").handler(buckets.event(buckets.lines(bucket, [good, bad, good] * 100)))
    logged = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (logged["batch_inputs"], logged["batch_failed"], logged["batch_alone"]) == (300, 100, 100)


ROW = [1.0] * 13
OTHERS = {"rows": [ROW] * 13, "empty cells": [None] * 13, "a mixture": [ROW, *ROW[1:]], "too few": ROW[1:]}


@pytest.mark.parametrize("backend", ["fast", "native"])
@pytest.mark.parametrize("given", OTHERS.values(), ids=OTHERS)
def test_what_stands_beside_a_row_does_not_make_it_slow(
    bucket: Bucket, main: Main, backend: str, given: object, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = main(backend).handler
    bodies = [json.dumps({"input_X": each}).encode() for each in (ROW, given)]
    handler(buckets.event(buckets.lines(bucket, bodies)))
    logged = json.loads(capsys.readouterr().out.splitlines()[-1])
    found = [buckets.as_by_address(row) for row in buckets.results(bucket)]
    assert found == [buckets.by_address(handler, body) for body in bodies]
    assert logged["batch_alone"] == logged["batch_failed"]


@pytest.fixture
def many_rows() -> list[bytes]:
    made = random.Random(1)
    return [json.dumps({"input_X": [round(made.uniform(0, 100), 4) for _ in range(13)]}).encode() for _ in range(ROWS)]


@pytest.mark.alone
def test_a_hundred_thousand_rows_a_second_and_no_fewer_than_a_plain_loop(
    bucket: Bucket, main: Main, many_rows: list[bytes]
) -> None:
    module = main("fast")
    event = buckets.event(buckets.lines(bucket, many_rows))

    def plain_loop() -> str:
        rows = [json.loads(line)["input_X"] for line in many_rows]
        return "\n".join(json.dumps({"prediction": each}) for each in module.handler.model.forest.predict(rows))

    chunk, plain = least(lambda: module.handler(event), plain_loop)
    assert len(buckets.results(bucket)) == ROWS
    assert ROWS / chunk >= 100_000
    assert chunk <= plain / 0.85
