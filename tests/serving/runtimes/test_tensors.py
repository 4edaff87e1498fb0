"""A request's fields go into a model in the order of its inputs, and what comes out becomes an answer's."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from serving.requests.errors import Invalid
from serving.runtimes.session import OPEN, Description, Failed, Session, Tensor
from serving.runtimes.tables import Number
from serving.runtimes.tensors import Int8, run, tensor


class Query(msgspec.Struct, rename={"first": "first-one"}):
    first: list[list[Number]]
    second: list[Int8]


class Answer(msgspec.Struct):
    one: list[list[float]]
    other: list[int]


class Other(msgspec.Struct):
    first: list[list[Number]]


class Echo(Session):
    inputs = (Description("a", "float32", (OPEN, 2)), Description("b", "int8", (3,)))
    outputs = inputs
    fails = ""

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        if self.fails:
            raise Failed(self.fails)
        return list(given)


def test_fields_are_inputs_and_outputs_an_answers_fields() -> None:
    assert run(Echo(), Query([[1.5, 2], [3, 4]], [1, 2, 3]), Answer) == Answer([[1.5, 2], [3, 4]], [1, 2, 3])


def test_a_list_of_another_length_is_named_as_the_request_names_it() -> None:
    with pytest.raises(Invalid, match=r"^first-one\[1\] must be a list of 2, not of 1\.$") as raised:
        run(Echo(), Query([[1, 2], [3]], [1, 2, 3]), Answer)
    assert (raised.value.field, raised.value.code) == ("first-one[1]", "wrong_length")


def test_what_a_model_cannot_compute_is_the_requests_fault_and_told_in_a_line() -> None:
    echo = Echo()
    for said, told in (("a" * 300, "a" * 300), ("a" * 301, "a" * 300), ("No.\nat node 5", "No.")):
        echo.fails = said
        with pytest.raises(Invalid) as raised:
            run(echo, Query([], [1, 2, 3]), Answer)
        assert raised.value.message == f"The model cannot compute this: {told}"


def test_a_request_with_other_fields_than_the_model_is_none_for_it() -> None:
    with pytest.raises(ValueError, match="zip"):
        run(Echo(), Other([]), Answer)


def test_strings_stay_strings() -> None:
    assert tensor("a", Description("a", "string", (2,)), ["x", "y"]) == Tensor("string", (2,), ["x", "y"])
