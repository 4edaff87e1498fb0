"""What is long in a request costs what its length does, and does not come back."""

from __future__ import annotations

import tracemalloc
from typing import Any

import msgspec
import pytest

from serving.requests import validation
from serving.requests.errors import Invalid, Refused
from serving.requests.validation import Reader

MANY = 20_000
# Python accepts it and msgspec does not; of a name given twice, Python keeps the last value.
HIDDEN = '{"rows": NaN, "%s": [%s], "rows": 1}'


class Query(msgspec.Struct):
    rows: list[float]
    name: str = ""


READER = Reader(Query)


def refused(body: bytes) -> tuple[Invalid, int]:
    """The error, and the most memory that it took to find it."""
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as caught:
            READER.from_json(body)
        return caught.value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("inner", ["[]", "[1]", "{}", '"\u00e9"'])
@pytest.mark.parametrize("size", [60_000, 3_000_000])
def test_a_long_name_over_many_values(inner: str, size: int) -> None:
    values = ",".join([inner] * (size // 2 // (len(inner.encode()) + 1)))
    body = (HIDDEN % ("A" * (size // 2), values)).encode()
    error, most = refused(body)
    assert error.code == "not_json"
    assert most < 100 * len(body) if len(body) <= validation._SHORT else most < 2 * len(body)


def test_long_names_one_in_the_other() -> None:
    value: dict[str, Any] = {"b": float("nan")}
    for _ in range(900):
        value = {"A" * 3000: value, "c": [1]}
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as caught:
            READER.from_value(value)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.code == "not_finite"
    assert len(caught.value.message) <= 1001


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"rows":\n [1, 2, x' + b" " * 70_000, "The body is not JSON: see line 2, column 9."),
        (b'{"rows": [1, ' + b" " * 70_000, "The body is not JSON."),
        (b'{"name": "\xff"' + b" " * 70_000, "The request is not valid UTF-8."),
        (b'{"x": ' + b"[" * 70_000, "The body is nested too deeply."),
    ],
    ids=["a character", "the end", "no UTF-8", "depth"],
)
def test_a_long_body_that_is_not_json(body: bytes, message: str) -> None:
    assert refused(body)[0].message == message


@pytest.mark.parametrize("body", ['{"rows": NaN, "%s": NaN, "rows": 1}', '{"%s": 1}', '{"rows": [1], "%s": "\\ud800"}'])
def test_a_long_name_does_not_come_back(body: str) -> None:
    error, _ = refused((body % ("A" * MANY)).encode())
    assert len(error.message) < 1100
    assert len(error.field or "") <= 201


def test_no_error_is_longer_than_a_page() -> None:
    error = Refused(400, "x" * MANY, code="invalid_value", field="y" * MANY)
    assert (error.message, error.field) == ("x" * 1000 + "…", "y" * 200 + "…")
    same = Refused(400, "x" * 1000, code="invalid_value", field="y" * 200)
    assert (same.message, same.field) == ("x" * 1000, "y" * 200)
