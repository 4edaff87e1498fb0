"""Rows of a request become the numbers that a model takes."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

import serving
from serving.runtimes.session import OPEN, Description, Tensor
from serving.runtimes.tables import Number, Table, matrix
from serving.runtimes.tensors import Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, tensor
from tools.models import reading


class Row(msgspec.Struct):
    age: Number | None
    plan: Literal["basic", "pro"] | None
    is_new: bool | None
    floor: Annotated[Literal[3, 5], Meta(description="of the house")] | None


ROWS = [Row(20, "pro", True, 3), Row(None, None, None, None), Row(1.5, "basic", False, 5)]


def test_a_category_is_its_place_and_what_is_missing_not_a_number() -> None:
    found = Table(Row).matrix("float64", ROWS)
    assert (found.element, found.shape) == ("float64", (3, 4))
    numbers = list(found.numbers)
    assert [numbers[:4], numbers[8:]] == [[20, 1, 1, 0], [1.5, 0, 0, 1]]
    assert all(map(math.isnan, numbers[4:8]))


def test_columns_may_be_a_tensor_each() -> None:
    class Mixed(msgspec.Struct):
        age: float | None
        town: str | None

    inputs = [Description("age", "float32", (OPEN, 1)), Description("town", "string", (OPEN, 1))]
    age, town = Table(Mixed).columns(inputs, [Mixed(1.5, "Bern"), Mixed(2, None), Mixed(None, "")])
    assert (list(age.numbers)[:2], age.shape) == ([1.5, 2.0], (3, 1))
    assert math.isnan(age.numbers[2])
    assert (town.content, town.shape) == (["Bern", reading.MISSING_TEXT, ""], (3, 1))


def test_a_row_with_other_columns_than_the_model_is_no_row_of_it() -> None:
    inputs = [Description("age", "float32", (OPEN, 1))]
    with pytest.raises(ValueError, match="zip"):
        Table(Row).columns(inputs, ROWS)


def test_rows_may_be_lists() -> None:
    assert list(matrix("float32", [[1, 2], [3, 4]]).numbers) == [1, 2, 3, 4]
    assert math.isnan(matrix("float32", [[1, None]]).numbers[1])


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0), (0, 3), (2, 0, 3), (2, 3, 2)])
def test_lists_in_lists_and_back(shape: tuple[int, ...]) -> None:
    numbers = Tensor.of("int32", shape, range(math.prod(shape)))
    wanted = Description("a", "int32", shape)
    assert tensor("a", wanted, numbers.nested()) == numbers


def test_open_sizes_are_those_of_the_lists() -> None:
    wanted = Description("a", "float32", (OPEN, OPEN))
    assert tensor("a", wanted, [[1, 2], [3, 4], [5, 6]]).shape == (3, 2)
    assert tensor("a", wanted, []).shape == (0, 0)


@pytest.mark.parametrize(
    ("value", "field"),
    [([[1, 2], [3]], "a[1]"), ([[1, 2]] * 3 + [[]], "a[3]")],
)
def test_lists_of_one_depth_are_of_one_length(value: object, field: str) -> None:
    with pytest.raises(serving.Invalid, match="must be a list of 2") as raised:
        tensor("a", Description("a", "float32", (OPEN, OPEN)), value)
    assert raised.value.field == field


def test_the_place_of_a_wrong_list_is_told() -> None:
    with pytest.raises(serving.Invalid) as raised:
        tensor("a", Description("a", "float32", (OPEN, 2, 2)), [[[1, 2], [3, 4]], [[1, 2], [3]]])
    assert (raised.value.field, raised.value.code) == ("a[1][1]", "wrong_length")


ELEMENTS = [
    *((Int8, -(2**7), 2**7 - 1), (Int16, -(2**15), 2**15 - 1), (Int32, -(2**31), 2**31 - 1)),
    *((UInt8, 0, 2**8 - 1), (UInt16, 0, 2**16 - 1), (UInt32, 0, 2**32 - 1)),
    *((Int64, -(2**53) + 1, 2**53 - 1), (UInt64, 0, 2**53 - 1)),
]


@pytest.mark.parametrize(("element", "least", "most"), ELEMENTS)
def test_whole_numbers_are_taken_as_far_as_their_element_goes(element: Any, least: int, most: int) -> None:
    for number in (least, most, 1.0):
        assert msgspec.convert(number, element) == number
    for number in (least - 1, most + 1, 0.5):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(number, element)


def test_a_number_that_32_bits_do_not_hold_is_refused() -> None:
    for number in (3.4e38, -3.4e38):
        assert msgspec.convert(number, Number) == number
    for number in (3.5e38, -3.5e38):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(number, Number)


def test_truth_values_are_written_as_such() -> None:
    assert [each is True for each in Tensor.of("bool", (2,), [1, 0]).nested()] == [True, False]


@pytest.mark.parametrize("element", ["float32", "float64"])
def test_fractions_of_floats_stay(element: str) -> None:
    assert list(tensor("a", Description("a", element, (2,)), [0.5, 1.25]).numbers) == [0.5, 1.25]


def test_whole_numbers_of_a_request_are_floats_and_go_in_whole() -> None:
    assert list(tensor("a", Description("a", "int64", (2,)), [1.0, 2.0]).numbers) == [1, 2]


def test_digits_that_32_bits_do_not_hold_are_not_written() -> None:
    assert Tensor.of("float32", (2,), [0.1, 1e-9]).nested() == [0.1, 1e-9]
    assert Tensor.of("float64", (1,), [0.1234567891]).nested() == [0.1234567891]
