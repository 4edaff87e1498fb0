"""What `input_X` may be, and what a caller is told about the rest."""

import json
from collections.abc import Callable
from time import perf_counter
from types import ModuleType
from typing import Any

import jsonschema_rs
import pytest

import serving

Post = Callable[[object], tuple[int, Any]]

ROW = [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]
LARGEST = 3.4028234663852886e38


def row_with(value: object, index: int = 3) -> list[object]:
    return [*ROW[:index], value, *ROW[index + 1 :]]


def spelled(value: str) -> str:
    """A body with this text, which need not be JSON, as the fourth number."""
    return json.dumps({"input_X": row_with("here")}).replace('"here"', value)


GOOD = {
    "one row": ROW,
    "whole numbers": list(range(13)),
    "a missing value": row_with(None),
    "nothing but missing values": [None] * 13,
    "the largest number": row_with(LARGEST),
    "the smallest number": row_with(-LARGEST),
    "a long whole number": row_with(10**38),
    "one row in a list": [ROW],
    "rows with missing values": [ROW, row_with(None), [None] * 13],
}

BAD = {
    "too short": (ROW[:12], "input_X", "wrong_length"),
    "too long": ([*ROW, 1], "input_X", "wrong_length"),
    "empty": ([], "input_X", "wrong_length"),
    "empty row": ([ROW, []], "input_X[1]", "wrong_length"),
    "short row": ([ROW, ROW, ROW[:12]], "input_X[2]", "wrong_length"),
    "long row": ([[*ROW, 1], ROW], "input_X[0]", "wrong_length"),
    "too many rows": ([ROW] * 10_001, "input_X", "wrong_length"),
    "text": (row_with("0"), "input_X[3]", "wrong_type"),
    "NaN as text": (row_with("NaN"), "input_X[3]", "wrong_type"),
    "boolean": (row_with(True), "input_X[3]", "wrong_type"),
    "object": (row_with({}), "input_X[3]", "wrong_type"),
    "text in rows": ([ROW, ROW, row_with("0", 5)], "input_X[2][5]", "wrong_type"),
    "boolean in rows": ([ROW, row_with(False, 12)], "input_X[1][12]", "wrong_type"),
    "list in a row": (row_with([1]), "input_X[3]", "wrong_type"),
    "list in rows": ([ROW, row_with([1])], "input_X[1][3]", "wrong_type"),
    "number among rows": ([ROW, 5], "input_X[1]", "wrong_type"),
    "null among rows": ([ROW, None], "input_X[1]", "wrong_type"),
    "row among numbers": ([*ROW[:12], ROW], "input_X[12]", "wrong_type"),
    "too large": (row_with(LARGEST * 1.0001), "input_X[3]", "out_of_range"),
    "too small in rows": ([ROW, row_with(-1e39)], "input_X[1][3]", "out_of_range"),
    "a number": (5, "input_X", "wrong_type"),
    "null": (None, "input_X", "wrong_type"),
}


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD)
def test_is_answered(post: Post, given: list[Any]) -> None:
    status, answer = post({"input_X": given})
    assert status == 200
    if isinstance(given[0], list):
        assert set(answer) == {"message", "predictions"}
        assert len(answer["predictions"]) == len(given)
    else:
        assert set(answer) == {"message", "prediction"}


@pytest.mark.parametrize(("given", "field", "code"), BAD.values(), ids=BAD)
def test_is_refused_with_its_place(post: Post, given: object, field: str, code: str) -> None:
    status, error = post({"input_X": given})
    assert (status, error["field"], error["code"]) == (400, field, code)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 400])
def test_what_is_not_finite_is_refused_in_every_spelling(post: Post, number: str) -> None:
    status, error = post(spelled(number))
    assert (status, error["field"]) == (400, "input_X[3]")
    assert error["code"] in ("not_finite", "out_of_range")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "no_body"),
        ("{", "not_json"),
        ("input_X=1", "not_json"),
        (spelled("nan"), "not_json"),
        (spelled("01"), "not_json"),
        ("[" * 100_000, "wrong_type"),
        ('{"input_X":' + "[" * 100_000, "wrong_type"),
        ("[]", "wrong_type"),
        ("{}", "missing_field"),
        (json.dumps({"input_X": ROW, "input_Y": 1}), "unknown_field"),
    ],
)
def test_a_body_that_is_not_a_request_is_refused(post: Post, body: str, code: str) -> None:
    status, error = post(body)
    assert (status, error["code"]) == (400, code)


def test_a_body_that_only_claims_to_be_base64_is_refused(
    main: Callable[[str], ModuleType],
) -> None:
    request = serving.Request("POST", "/predict", body="{!}", base64=True)
    response = main("fast").handler.respond(request, "test")
    assert response.status == 400
    assert json.loads(response.body)["code"] == "not_base64"


def test_lengths_are_told(post: Post) -> None:
    for given, message in (
        (ROW[:12], "input_X must be a list of 13 numbers, not of 12."),
        ([ROW, [*ROW, 1]], "input_X[1] must be a list of 13 numbers, not of 14."),
        ([ROW] * 10_001, "input_X must be at most 10000 rows, not 10001."),
    ):
        assert post({"input_X": given})[1]["message"] == message


def test_rows_are_answered_in_their_order(post: Post) -> None:
    rows = [row_with(5 + rooms / 10, 5) for rooms in range(40)]
    alone = [post({"input_X": row})[1]["prediction"] for row in rows]
    assert len(set(alone)) > 10
    assert post({"input_X": rows})[1]["predictions"] == alone
    assert post({"input_X": rows[::-1]})[1]["predictions"] == alone[::-1]


def test_10000_rows_fit_into_one_request_and_its_time(post: Post) -> None:
    # As many digits as numbers get: the largest body that 10,000 rows can make.
    rows = [[-1.2345678901234567e-100] * 13] * 10_000
    body = json.dumps({"input_X": rows})
    assert len(body) < 6 * 1024 * 1024
    start = perf_counter()
    status, answer = post(body)
    assert perf_counter() - start < 10  # Half a second here; a gateway waits 30.
    assert status == 200
    assert len(answer["predictions"]) == 10_000


@pytest.fixture
def schema(main: Callable[[str], ModuleType]) -> jsonschema_rs.Draft202012Validator:
    response = main("fast").handler.respond(serving.Request("GET", "/openapi.json"), "test")
    document = json.loads(response.body)
    return jsonschema_rs.Draft202012Validator(document["components"]["schemas"]["Query"])


def test_the_schema_allows_what_is_answered(schema: jsonschema_rs.Draft202012Validator) -> None:
    for name, given in GOOD.items():
        assert schema.is_valid({"input_X": given}), name


def test_the_schema_forbids_what_is_refused(schema: jsonschema_rs.Draft202012Validator) -> None:
    for name, (given, _, _) in BAD.items():
        assert not schema.is_valid({"input_X": given}), name
