"""Converts the rows of a request to the numbers that a model takes.

    class Row(msgspec.Struct):
        age: Number | None
        plan: Literal["basic", "pro"] | None

    TABLE = Table(Row)
    model.run([TABLE.matrix("float32", rows)])       # all columns in one tensor
    model.run(TABLE.columns(model.inputs, rows))     # or a tensor each

A category becomes its index among the categories, and a missing value becomes NaN, or MISSING_TEXT among texts.
"""

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from serving.runtimes.session import STRING, Description, Tensor

# Most runtimes compute in 32 bits. A larger number would become infinity on the way in.
_LARGEST = 3.4028234663852886e38
Number = Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)]

_MISSING = float("nan")
# A tensor of texts has no missing values. Unicode promises that this is never a character.
MISSING_TEXT = "\ufdd0"


class Table:
    """The columns of a row: the fields of a struct."""

    def __init__(self, row: type[msgspec.Struct]) -> None:
        codes = [_codes(field.type) for field in msgspec.structs.fields(row)]
        self._codes = codes if any(codes) else None

    def matrix(self, element: str, rows: Sequence[msgspec.Struct]) -> Tensor:
        values = [msgspec.structs.astuple(row) for row in rows]
        return matrix(element, [self._coded(row) for row in values] if self._codes else values)

    def columns(self, inputs: Sequence[Description], rows: Sequence[msgspec.Struct]) -> list[Tensor]:
        columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
        return [
            Tensor.of(given.element, (len(rows), 1), _texts(column) if given.element == STRING else numbers(column))
            for given, column in zip(inputs, columns, strict=True)
        ]

    def _coded(self, row: tuple[Any, ...]) -> list[Any]:
        assert self._codes
        return [codes.get(value) if codes else value for codes, value in zip(self._codes, row, strict=True)]


def matrix(element: str, rows: Sequence[Sequence[Any]]) -> Tensor:
    """Rows that are plain lists, all of one length."""
    letter = {"float32": "f", "float64": "d"}[element]
    # From a list, whose length is known, an array is made in half the time.
    values: Any = list(chain.from_iterable(rows))
    try:
        content = array(letter, values)
    except TypeError:  # Some value is None. Checking every value takes three times as long.
        content = array(letter, numbers(values))
    return Tensor(element, (len(rows), len(rows[0])), content.tobytes())


def numbers(values: Any) -> list[Any]:
    return [_MISSING if value is None else value for value in values]


def _texts(values: Any) -> list[str]:
    return [MISSING_TEXT if value is None else value for value in values]


def _codes(type_: Any) -> dict[Any, int]:
    """The index of each category of a categorical column; empty for other columns."""
    if get_origin(type_) is Literal:
        return {category: place for place, category in enumerate(get_args(type_))}
    return next((found for each in get_args(type_) if (found := _codes(each))), {})
