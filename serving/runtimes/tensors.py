"""Converts the fields of a request, which are nested lists, to the tensors of a model, and its outputs back.

class Query(msgspec.Struct):
    a: list[list[Float32]]          # in the order of the model's inputs

class Answer(msgspec.Struct):
    sum: list[list[float]]          # in the order of its outputs

answer = run(session, query, Answer)
"""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from serving.requests.errors import Invalid
from serving.runtimes.session import OPEN, Description, Failed, Session, Tensor
from serving.runtimes.tables import Number

Answer = TypeVar("Answer", bound=msgspec.Struct)

# The JSON types of tensor elements. Integers are floats without a fraction, because in JSON 1.0 is an integer too.
Float32, Float64 = Number, float
Int8 = Annotated[float, Meta(ge=-(2**7), le=2**7 - 1, multiple_of=1)]
UInt8 = Annotated[float, Meta(ge=0, le=2**8 - 1, multiple_of=1)]
Int16 = Annotated[float, Meta(ge=-(2**15), le=2**15 - 1, multiple_of=1)]
UInt16 = Annotated[float, Meta(ge=0, le=2**16 - 1, multiple_of=1)]
Int32 = Annotated[float, Meta(ge=-(2**31), le=2**31 - 1, multiple_of=1)]
UInt32 = Annotated[float, Meta(ge=0, le=2**32 - 1, multiple_of=1)]
# Up to the largest integer that a float, and so most JSON software, represents exactly.
Int64 = Annotated[float, Meta(ge=-(2**53) + 1, le=2**53 - 1, multiple_of=1)]
UInt64 = Annotated[float, Meta(ge=0, le=2**53 - 1, multiple_of=1)]

_LONGEST_REASON = 300


def run(session: Session, query: msgspec.Struct, answer: type[Answer]) -> Answer:
    """The model's answer to the request. Inputs that the model cannot compute with are refused as invalid."""
    fields = msgspec.structs.fields(type(query))
    values = msgspec.structs.astuple(query)
    given = [
        tensor(field.encode_name, wanted, value)
        for field, wanted, value in zip(fields, session.inputs, values, strict=True)
    ]
    try:
        found = session.run(given)
    except Failed as error:
        reason, _, _ = str(error).partition("\n")
        raise Invalid(f"The model cannot compute this: {reason[:_LONGEST_REASON]}") from None
    return answer(*(each.nested() for each in found))


def tensor(name: str, wanted: Description, value: Any) -> Tensor:
    """The tensor of nested lists. All lists of one depth must have the same length, which must fit the model."""
    shape: list[int] = []
    values: Sequence[Any] = [value]
    for size in wanted.shape:
        length = len(values[0]) if values else 0
        expected = length if size == OPEN else size
        lengths = list(map(len, values))
        if lengths.count(expected) < len(lengths):
            place, length = next((place, each) for place, each in enumerate(lengths) if each != expected)
            raise _wrong_length(_place(name, shape, place), expected, length)
        shape.append(expected)
        values = list(chain.from_iterable(values))
    if wanted.element not in ("float32", "float64", "bool", "string"):
        values = [int(number) for number in values]
    return Tensor.of(wanted.element, tuple(shape), values)


def _place(name: str, shape: Sequence[int], place: int) -> str:
    """The path, such as a[1][0], of the list with the number `place` among all lists of its depth."""
    indices = []
    for length in reversed(shape):
        place, index = divmod(place, length)
        indices.append(f"[{index}]")
    return name + "".join(reversed(indices))


def _wrong_length(field: str, wanted: int, got: int) -> Invalid:
    return Invalid(f"{field} must be a list of {wanted}, not of {got}.", field=field, code="wrong_length")
