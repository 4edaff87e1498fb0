"""Whatever a caller sends is either a typed value or an `Invalid` that names field and reason."""

import json
import sys
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from serving.requests.errors import Invalid
from serving.requests.validation import Reader


class Query(msgspec.Struct, forbid_unknown_fields=True):
    input_X: list[float | list[float | None] | None]


class Open(msgspec.Struct):
    anything: Any


QUERY: Reader[Query] = Reader(Query)
OPEN: Reader[Open] = Reader(Open)


def refusal(body: bytes, reader: Reader[Any] = QUERY) -> tuple[str, str | None]:
    with pytest.raises(Invalid) as caught:
        reader.from_json(body)
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "no_body", None),
        (b" \n", "no_body", None),
        (b"{", "not_json", None),
        (b"input_X=1", "not_json", None),
        (b'{"input_X": [1,]}', "not_json", None),
        (b'{"input_X": [1]} {}', "not_json", None),
        (b'\xef\xbb\xbf{"input_X": [1]}', "not_json", None),
        (b'{"input_\xff": [1]}', "not_utf8", None),
        (b"\xff\xfe{\x00", "not_utf8", None),
        (b"null", "wrong_type", None),
        (b"[1, 2]", "wrong_type", None),
        (b"{}", "missing_field", "input_X"),
        (b'{"input_X": [1], "input_Y": 1}', "unknown_field", "input_Y"),
        (b'{"input_X": null}', "wrong_type", "input_X"),
        (b'{"input_X": 1}', "wrong_type", "input_X"),
        (b'{"input_X": [1, "2"]}', "wrong_type", "input_X[1]"),
        (b'{"input_X": [true]}', "wrong_type", "input_X[0]"),
        (b'{"input_X": [{}]}', "wrong_type", "input_X[0]"),
        (b'{"input_X": [[1], [2, "3"]]}', "wrong_type", "input_X[1][1]"),
        (b'{"input_X": [[[1]]]}', "wrong_type", "input_X[0][0]"),
        (b'{"input_X": [1, NaN]}', "not_finite", "input_X[1]"),
        (b'{"input_X": [1, -NaN]}', "not_json", None),
        (b'{"input_X": [nan]}', "not_json", None),
        (b'{"input_X": [Infinity]}', "not_finite", "input_X[0]"),
        (b'{"input_X": [[0, -Infinity]]}', "not_finite", "input_X[0][1]"),
        (b'{"input_X": ["NaN"]}', "wrong_type", "input_X[0]"),
        (b'{"input_X": ["Infinity"]}', "wrong_type", "input_X[0]"),
        (b'{"input_X": [1, 2, 1e400]}', "out_of_range", "input_X[2]"),
        (b'{"input_X": [-1e400]}', "out_of_range", "input_X[0]"),
        (b'{"input_X": [1' + b"0" * 400 + b"]}", "out_of_range", "input_X[0]"),
        (b"[" * 100_000, "wrong_type", None),
        (b'{"input_X": ' + b"[" * 100_000, "wrong_type", "input_X[0][0]"),
        (b'{"input_Y": ' * 100_000, "unknown_field", "input_Y"),
    ],
)
def test_every_bad_body_is_refused_with_code_and_field(body: bytes, code: str, field: str | None) -> None:
    assert refusal(body) == (code, field)


def test_nesting_without_end_is_refused_where_the_type_allows_any_depth() -> None:
    assert refusal(b'{"anything": ' + b"[" * 100_000, OPEN) == ("too_deep", None)
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(Invalid):
        QUERY.from_value({"input_X": nested})
    assert OPEN.from_value({"anything": nested}).anything[0]


class Tree(msgspec.Struct):
    branches: "list[Tree]"


def test_an_object_nested_without_end_is_refused_where_its_type_holds_itself() -> None:
    tree: dict[str, Any] = {"branches": []}
    # Other tests may have raised it.
    for _ in range(2 * sys.getrecursionlimit()):
        tree = {"branches": [tree]}
    with pytest.raises(Invalid) as caught:
        Reader(Tree).from_value(tree)
    assert caught.value.code == "too_deep"


def test_a_number_longer_than_python_reads_is_refused() -> None:
    assert refusal(b'{"anything": [NaN, ' + b"1" * 5000 + b"]}", OPEN) == ("not_json", None)
    assert refusal(b'{"anything": ' + b"1" * 5000 + b"}", OPEN) == ("out_of_range", "anything")


def test_a_name_that_is_there_twice_counts_the_last_time() -> None:
    assert QUERY.from_json(b'{"input_X": [1], "input_X": [2]}').input_X == [2.0]


@pytest.mark.parametrize(
    ("value", "code", "field"),
    [
        (None, "wrong_type", None),
        ([1], "wrong_type", None),
        ({}, "missing_field", "input_X"),
        ({"input_X": ["1"]}, "wrong_type", "input_X[0]"),
        ({"input_X": [True]}, "wrong_type", "input_X[0]"),
        ({"input_X": [1, float("nan")]}, "not_finite", "input_X[1]"),
        ({"input_X": [[1], [float("-inf")]]}, "not_finite", "input_X[1][0]"),
        ({"input_X": [10**400]}, "out_of_range", "input_X[0]"),
        ({"\ud800": 1}, "not_utf8", None),
        ({"input_X": [{"\ud800": 1}]}, "not_utf8", "input_X[0]"),
        ({"input_X": [], "b": 1.0}, "unknown_field", "b"),
        ({"input_X": [], ".X": float("nan")}, "not_finite", ".X"),
        ({"input_X": [], "X": {"X": float("nan")}}, "not_finite", "X.X"),
    ],
)
def test_a_direct_event_is_held_to_the_same_rules(value: object, code: str, field: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        QUERY.from_value(value)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_number_that_is_not_finite_is_found_in_nested_objects() -> None:
    with pytest.raises(Invalid) as caught:
        OPEN.from_value({"anything": [{"a": 1}, {"b": [0.5, float("inf")]}]})
    assert caught.value.field == "anything[1].b[1]"


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.floats(-1, 1))))
def test_what_is_valid_arrives_unchanged_by_either_way(rows: list[Any]) -> None:
    body = json.dumps({"input_X": rows}).encode()
    assert QUERY.from_json(body).input_X == rows
    assert QUERY.from_value(json.loads(body)).input_X == rows


@given(st.binary() | st.text().map(str.encode) | st.floats().map(lambda x: json.dumps(x).encode()))
def test_no_body_whatever_does_anything_but_raise_invalid(body: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        QUERY.from_json(body)
    json.dumps(caught.value.message)


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1)] = 5
    weight: float = 1.0
    names: list[str] = []


PARAMETERS: Reader[Parameters] = Reader(Parameters)


def test_query_parameters_are_read_as_the_types_they_stand_for() -> None:
    query = PARAMETERS.from_parameters([("limit", "3"), ("names", "a"), ("weight", "0.5"), ("names", "b")])
    assert query == Parameters(limit=3, weight=0.5, names=["a", "b"])
    assert PARAMETERS.from_parameters([]) == Parameters()


def test_what_a_body_says_already_counts_more_than_the_address() -> None:
    query = PARAMETERS.with_parameters(Parameters(limit=7), [("limit", "3"), ("weight", "0.5")])
    assert query == Parameters(limit=7, weight=0.5)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("limit", "many", "wrong_type"),
        ("limit", "", "wrong_type"),
        ("limit", "0", "out_of_range"),
        ("weight", "nan", "not_finite"),
        ("weight", "-inf", "not_finite"),
        ("depth", "1", "unknown_field"),
    ],
)
def test_bad_query_parameters_are_refused_by_name(name: str, value: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        PARAMETERS.from_parameters([(name, value)])
    assert (caught.value.code, caught.value.field) == (code, name)


@pytest.mark.parametrize("pair", [("\ud800", "1"), ("limit", "\ud800")])
def test_query_parameters_of_half_a_character_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        PARAMETERS.from_parameters([pair])
    assert caught.value.code == "not_utf8"
