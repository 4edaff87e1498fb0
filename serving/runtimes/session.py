"""What every runtime has in common: a loaded model, and the tensors that go into it and come out.

Whatever is handed to a C library is checked here first. It would read, and write, memory that is not ours.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from math import prod
from threading import Lock
from typing import Any

import msgspec

# The size of a dimension that each call chooses anew.
OPEN = -1

STRING = "string"
# Of each element the letter by which `array` and `struct` know it, and its bytes.
_ELEMENTS = {
    "bool": ("B", 1),
    "int8": ("b", 1),
    "uint8": ("B", 1),
    "int16": ("h", 2),
    "uint16": ("H", 2),
    "int32": ("i", 4),
    "uint32": ("I", 4),
    "int64": ("q", 8),
    "uint64": ("Q", 8),
    "float32": ("f", 4),
    "float64": ("d", 8),
}


class Failed(RuntimeError):
    """A library that is missing or refuses, a model that it cannot serve, a tensor that the model does not take."""


class Description(msgspec.Struct, frozen=True):
    """An input or an output of a model."""

    name: str
    element: str
    shape: tuple[int, ...]


class Tensor(msgspec.Struct, frozen=True):
    """Numbers as they stand in memory, row after row; or strings."""

    element: str
    shape: tuple[int, ...]
    content: bytes | list[str]

    @classmethod
    def of(cls, element: str, shape: tuple[int, ...], values: Iterable[Any]) -> "Tensor":
        if element == STRING:
            return cls(element, shape, list(values))
        return cls(element, shape, array(_ELEMENTS[element][0], values).tobytes())

    @property
    def memory(self) -> bytes:
        assert isinstance(self.content, bytes)
        return self.content

    @property
    def numbers(self) -> Sequence[Any]:
        """Or truth values, or strings: what it holds, as Python has it."""
        if isinstance(self.content, list):
            return self.content
        if self.element == "bool":
            return [byte != 0 for byte in self.memory]
        return array(_ELEMENTS[self.element][0], self.memory)

    def nested(self) -> Any:
        """As JSON has it: lists in lists, or one value. Of a number of 32 bits, digits after the seventh are noise."""
        values = [float(f"{each:.7g}") for each in self.numbers] if self.element == "float32" else list(self.numbers)
        for axis in range(len(self.shape) - 1, 0, -1):
            length, count = self.shape[axis], prod(self.shape[:axis])
            values = [values[place * length : (place + 1) * length] for place in range(count)]
        return values if self.shape else values[0]


class Session:
    """A model that is ready to compute. Each runtime has one of its own, which says how."""

    inputs: tuple[Description, ...]
    outputs: tuple[Description, ...]
    # What each runtime does in its own way, of inputs that were looked at.
    _run: Callable[[Sequence[Tensor]], list[Tensor]]

    def __init__(self) -> None:
        # Memory that is there once is used again by every run; and a run has all the threads there are to have.
        self._free = Lock()

    def run(self, given: Sequence[Tensor]) -> list[Tensor]:
        """The outputs, of inputs in the order in which the model has them."""
        if len(given) != len(self.inputs):
            raise Failed(f"The model takes {len(self.inputs)} tensors, not {len(given)}.")
        for description, tensor in zip(self.inputs, given, strict=True):
            check(description, tensor)
        with self._free:
            return self._run(given)


def check(description: Description, tensor: Tensor) -> None:
    """Ends with `Failed` unless the model takes this tensor there."""
    name, element, shape = description.name, description.element, description.shape
    if tensor.element != element:
        raise Failed(f"{name} takes {element}, not {tensor.element}.")
    if not _fits(tensor.shape, shape):
        raise Failed(f"{name} takes {written(shape)}, not {written(tensor.shape)}.")
    if isinstance(tensor.content, list) != (element == STRING):
        raise Failed(f"{name} takes {element}; the content is none.")
    wanted, got = size(element, tensor.shape), len(tensor.content)
    if got != wanted:
        raise Failed(f"{name} takes {wanted} {'strings' if element == STRING else 'bytes'}, not {got}.")


def _fits(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    if len(given) != len(wanted):
        return False
    return all(got >= 0 and want in (got, OPEN) for got, want in zip(given, wanted, strict=True))


def size(element: str, shape: tuple[int, ...]) -> int:
    """How many bytes numbers take; of strings, how many there are."""
    return prod(shape) * (1 if element == STRING else _ELEMENTS[element][1])


def written(shape: tuple[int, ...]) -> str:
    """As people write it: ? x 28 x 28."""
    return " x ".join("?" if number == OPEN else str(number) for number in shape) or "a single value"
