"""A chunk is answered input by input as the address would, and written in the order of its inputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import buckets
import serving
from buckets import Bucket
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


def by_address(handler: serving.Handler[Any], body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    request = serving.Request("POST", handler.path, headers={"content-type": content_type}, body=body)
    response = handler.respond(request, "the same")
    return response.status, json.loads(response.body)


def as_by_address(row: dict[str, Any]) -> tuple[int, Any]:
    if "output" in row:
        assert row.keys() <= {"row", "output", "ms", "version"}
        return 200, row["output"]
    return row["status"], {**row["error"], "request_id": "the same"}


@pytest.mark.parametrize("many", [None, add_up_many], ids=["one by one", "at once"])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "open"])
def test_lines_are_answered_as_by_the_address(bucket: Bucket, table_handler: Make, many: Any, end: bytes) -> None:
    handler = table_handler(predict_many=many)
    answer = handler(buckets.event(buckets.lines(bucket, BODIES, end), first=1200))
    rows = buckets.results(bucket)
    assert [row["row"] for row in rows] == list(range(1200, 1200 + len(BODIES)))
    assert [as_by_address(row) for row in rows] == [by_address(handler, body) for body in BODIES]
    failed = sum("error" in row for row in rows)
    assert (answer["inputs"], answer["failed"]) == (len(BODIES), failed)
    assert 0 < failed < len(BODIES)


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
