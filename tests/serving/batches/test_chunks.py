"""A chunk is answered input by input as the address would, and written in the order of its inputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import buckets
import serving
from buckets import Bucket, as_by_address, by_address
from serving.requests import validation
from small_models import Sum, Table, add_up

Make = Callable[..., serving.Handler[float]]

BODIES = [
    b'{"input_X": [1, 2, 3]}',
    b'{"input_X": [[1, 2, 3], [4, 5, null]]}',
    b'{"input_X": [1, 2]}',
    b'{"input_X": [1, 2, "3"]}',
    b'{"input_Y": [1, 2, 3]}',
    b"not json",
    b"",
    b"   ",
    b'{"input_X": [1, 2, NaN]}',
    b"\xff\xfe",
    b'{"input_X": [1e38, 1e38, 1e38]}\r',
    '{"input_X": [1, 2, 3], "ü": 1}'.encode(),
    b"[" * 5000,
    b'{"input_X": [1, 2, 3]}',
]


def add_up_many(model: float, tables: list[Table]) -> list[Sum | serving.Invalid]:
    return [one(model, table) for table in tables]


def one(model: float, table: Table) -> Sum | serving.Invalid:
    try:
        return add_up(model, table)
    except serving.Invalid as refused:
        return refused


@pytest.mark.parametrize("many", [None, add_up_many], ids=["one by one", "at once"])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "open"])
def test_lines_are_answered_as_by_the_address(
    bucket: Bucket, table_handler: Make, many: Any, end: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = table_handler(predict_many=many)
    answer = handler(buckets.event(buckets.lines(bucket, BODIES, end), first=1200))
    rows = buckets.results(bucket)
    assert [row["row"] for row in rows] == list(range(1200, 1200 + len(BODIES)))
    assert [as_by_address(row) for row in rows] == [by_address(handler, body) for body in BODIES]
    failed = sum("error" in row for row in rows)
    assert (answer["inputs"], answer["failed"]) == (len(BODIES), failed)
    assert 0 < failed < len(BODIES)
    said = bucket.about(buckets.OUTPUT)
    assert (said["inputs"], said["failed"]) == (str(len(BODIES)), str(failed))
    assert float(said["ms"]) == pytest.approx(sum(row["ms"] for row in rows), abs=0.01)
    logged = json.loads(capsys.readouterr().out.splitlines()[0])
    assert logged["batch_alone"] == (failed if many else 0)


PICTURES = [b"\xff\xd8\xff a picture", b"\x89PNG another", b"", b'{"input_url": "http://x"}', b"{ no json", b"\0" * 99]


@pytest.mark.parametrize("form", [buckets.pieces, lambda b, bodies: buckets.objects(b, named(bodies))])
def test_pictures_are_answered_as_by_the_address(bucket: Bucket, picture_handler: Make, form: Any) -> None:
    handler = picture_handler()
    assert handler(buckets.event(form(bucket, PICTURES), first=7))["inputs"] == len(PICTURES)
    types = ["image/jpeg" if body[:1] != b"{" else "application/json" for body in PICTURES]
    expected = [by_address(handler, *each) for each in zip(PICTURES, types, strict=True)]
    assert [as_by_address(row) for row in buckets.results(bucket)] == expected


def named(bodies: Sequence[bytes]) -> dict[str, bytes]:
    return {f"pictures/{place} ü+&?#%.jpg": body for place, body in enumerate(bodies)}


def test_a_chunk_that_is_done_twice_writes_the_same(bucket: Bucket, table_handler: Make) -> None:
    handler = table_handler(predict_many=add_up_many)
    event = buckets.event(buckets.lines(bucket, BODIES * 50))
    contents = []
    for _ in range(2):
        handler(event)
        contents.append(buckets.without_times(bucket.get(buckets.OUTPUT)))
    assert contents[0] == contents[1]


def test_every_row_names_the_version(bucket: Bucket, table_handler: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "12")
    inputs = buckets.lines(bucket, BODIES)
    for many in (None, add_up_many):
        assert table_handler(predict_many=many)(buckets.event(inputs))["version"] == "12"
        assert {row["version"] for row in buckets.results(bucket)} == {"12"}


def test_an_object_that_is_not_there_is_its_row_s_error(bucket: Bucket, picture_handler: Make) -> None:
    inputs = buckets.objects(bucket, {"pictures/a": b"a", "pictures/b": b"b"})
    inputs["objects"]["keys"].insert(1, "pictures/none")
    assert picture_handler()(buckets.event(inputs))["failed"] == 1
    rows = buckets.results(bucket)
    assert [row.get("status", 200) for row in rows] == [200, 404, 200]
    assert rows[1]["error"] == {
        "message": "s3://a-bucket/pictures/none is not there.",
        "code": "input_not_found",
        "field": None,
        "request_id": f"{buckets.OUTPUT}:1",
    }


@pytest.mark.parametrize("many", [None, add_up_many], ids=["one by one", "at once"])
def test_the_longest_body_is_that_of_the_address(bucket: Bucket, table_handler: Make, many: Any) -> None:
    handler = table_handler(predict_many=many, max_bytes=100)
    bodies = [b'{"input_X": [1, 2, 3]}'.ljust(length) for length in (99, 100, 101, 50)]
    handler(buckets.event(buckets.lines(bucket, bodies)))
    found = [as_by_address(row) for row in buckets.results(bucket)]
    assert found == [by_address(handler, body) for body in bodies]
    assert [status for status, _ in found] == [200, 200, 413, 200]


def test_of_many_only_what_cannot_be_answered_at_once_is_answered_by_itself(
    bucket: Bucket, table_handler: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    good = b'{"input_X": [1, 2, 3]}'
    handler = table_handler(predict_many=add_up_many, max_bytes=100)
    handler(buckets.event(buckets.lines(bucket, [good, b" " * 101, good, b"{}", good])))
    assert json.loads(capsys.readouterr().out)["batch_alone"] == 2


def test_what_cannot_even_be_read_fails_alone(
    bucket: Bucket, table_handler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(self: validation.Reader[Any], content: bytes, honest: Any = validation.Reader.from_json) -> Any:
        if b"huge" in content:
            raise MemoryError
        return honest(self, content)

    monkeypatch.setattr(validation.Reader, "from_json", read)
    good = b'{"input_X": [1, 2, 3]}'
    table_handler(predict_many=add_up_many)(buckets.event(buckets.lines(bucket, [good, b'{"huge": 1}', good])))
    assert [as_by_address(row)[0] for row in buckets.results(bucket)] == [200, 500, 200]


@pytest.mark.parametrize("many", [None, add_up_many], ids=["one by one", "at once"])
def test_rows_took_no_longer_together_than_their_chunk(bucket: Bucket, table_handler: Make, many: Any) -> None:
    event = buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 300))
    took = table_handler(predict_many=many)(event)["ms"]
    assert 0 < sum(row["ms"] for row in buckets.results(bucket)) <= took


def test_what_fails_for_many_is_told_once_however_often_it_does(
    bucket: Bucket, table_handler: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.batches.inputs.GROUP", 30)
    handler = table_handler(predict_many=lambda *_: [])
    handler(buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 3)))
    warning, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert warning["message"].startswith("predict_many gave 0 answers to 1 queries")
    assert warning["level"] == "WARNING"
    assert line["batch_alone"] == 3
