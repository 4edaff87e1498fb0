"""What counts as the same answer, and how a difference is told."""

from __future__ import annotations

from typing import Any

import pytest

from tools.releases.comparison import MOST_LINES, compare, cosine


def found(expected: Any, actual: Any, **more: Any) -> list[str]:
    return compare({"answer": {"status": 200, "body": expected}, **more}, 200, actual)


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance"),
    [
        (100.0, 101.0, 0.01),
        (100.0, 101.0, {"rel": 0.01}),
        (0.0, 1e-9, {"abs": 1e-8}),
        (15.0, 29.0, {"abs": 15}),
        # The larger of the two counts.
        (100.0, 104.0, {"rel": 0.01, "abs": 5}),
        ([1.0, 0.0], [2.0, 1e-7], {"cosine": 0.999}),
        ([[3.0, 4.0]], [[3.0, 4.1]], {"cosine": 0.999}),
        ({"score": 1.0}, {"score": 1.001}, 0.01),
    ],
)
def test_within_its_tolerance_an_answer_is_the_same(expected: Any, actual: Any, tolerance: Any) -> None:
    assert found({"x": expected}, {"x": actual}, tolerance={"x": tolerance}) == []
    assert found([expected], [actual], tolerance={"": tolerance}) == []


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "said"),
    [
        (100.0, 102.0, 0.01, "body.x: expected 100.0 within 0.01 of it, got 102.0"),
        # What is relative to nothing takes nothing else.
        (0.0, 1e-9, 0.5, "body.x: expected 0.0 within 0.5 of it, got 1e-09"),
        (15.0, 31.0, {"abs": 15}, "body.x: expected 15.0 within 15, got 31.0"),
        ([1.0, 0.0], [0.0, 1.0], {"cosine": 0.9}, "body.x: expected a similarity of 0.9 at least, got 0.000000"),
        ([1.0, 0.0], [1.0], {"cosine": 0.9}, "body.x: expected 2 items, got 1"),
        ("dog", "cat", 0.5, "body.x: expected 'dog', got 'cat'"),
        (1, True, 0.5, "body.x: expected 1, got True"),
        (1, 1.0, 0, "body.x: expected 1, got 1.0"),
        (None, 0, 0.5, "body.x: expected None, got 0"),
        (1.0, float("nan"), 0.5, "body.x: expected 1.0 within 0.5 of it, got nan"),
    ],
)
def test_beyond_it_the_difference_is_told(expected: Any, actual: Any, tolerance: Any, said: str) -> None:
    assert found({"x": expected}, {"x": actual}, tolerance={"x": tolerance}) == [said]


def test_a_key_more_or_less_is_a_difference() -> None:
    assert found({"a": 1}, {"b": 2}) == ["body.a: missing", "body.b: not expected, got 2"]


def test_what_is_ignored_must_be_there() -> None:
    assert found({"a": 1, "id": "x"}, {"a": 1, "id": "y"}, ignore=["id"]) == []
    assert found({"a": 1, "id": "x"}, {"a": 1}, ignore=["id"]) == ["body.id: missing"]


def test_another_status_is_told_with_what_came_instead() -> None:
    event = {"answer": {"status": 200, "body": {}}}
    assert compare(event, 400, {"message": "no"}) == ["status: expected 200, got 400: {'message': 'no'}"]


def test_a_vector_that_differs_is_told_in_few_lines() -> None:
    expected = [float(number) for number in range(1, 769)]
    actual = [value * (1.5 if value == 400 else 1.02 if value % 27 == 0 else 1) for value in expected]
    lines = found({"v": expected}, {"v": actual}, tolerance={"v": 0.01})
    assert lines == [
        "29 places differ, the worst last:",
        "body.v[399]: expected 400.0 within 0.01 of it, got 600.0",
    ]
    assert len(found([str(value) for value in expected], ["no"] * 768)) == MOST_LINES


def test_two_vectors_of_nothing_are_alike_and_one_is_not() -> None:
    assert (cosine([0.0], [0.0]), cosine([0.0], [1.0])) == (1.0, 0.0)
