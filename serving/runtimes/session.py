"""What all runtimes share: a loaded model, and its input and output tensors.

All input to a C library is checked here first, because the library would access memory out of bounds.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from math import prod
from threading import Lock
from typing import Any

import msgspec

# The size of a dimension that may differ in each call.
OPEN = -1

STRING = "string"
# For each element type, its code in `array` and `struct`, and its size in bytes.
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
    """The library is missing or reports an error, or it cannot serve the model, or a tensor does not fit the model."""


class Description(msgspec.Struct, frozen=True):
    """An input or an output of a model."""

    name: str
    element: str
    shape: tuple[int, ...]


class Tensor(msgspec.Struct, frozen=True):
    """Numbers as bytes in row-major order, or strings."""

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
        """The contents as Python values: numbers, booleans or strings."""
        if isinstance(self.content, list):
            return self.content
        if self.element == "bool":
            return [byte != 0 for byte in self.memory]
        return array(_ELEMENTS[self.element][0], self.memory)

    def nested(self) -> Any:
        """The contents for JSON: nested lists, or one value."""
        values: list[Any] = rounded(self.numbers) if self.element == "float32" else list(self.numbers)
        for axis in range(len(self.shape) - 1, 0, -1):
            length, count = self.shape[axis], prod(self.shape[:axis])
            values = [values[place * length : (place + 1) * length] for place in range(count)]
        return values if self.shape else values[0]


class Session:
    """A loaded model. Each runtime has its own subclass."""

    inputs: tuple[Description, ...]
    outputs: tuple[Description, ...]
    # The runtime's own implementation. Its inputs have been checked.
    _run: Callable[[Sequence[Tensor]], list[Tensor]]

    def __init__(self) -> None:
        # One run at a time: runs share their buffers, and a run already uses all threads.
        self._free = Lock()

    def run(self, given: Sequence[Tensor]) -> list[Tensor]:
        """The outputs for the given inputs, both in the model's order."""
        if len(given) != len(self.inputs):
            raise Failed(f"The model takes {len(self.inputs)} tensors, not {len(given)}.")
        for description, tensor in zip(self.inputs, given, strict=True):
            check(description, tensor)
        with self._free:
            return self._run(given)


def rounded(numbers: Sequence[float]) -> list[float]:
    """32-bit floats to seven digits: further digits are noise."""
    # All are written at once because a batch has many.
    return list(map(float, ("%.7g " * len(numbers) % tuple(numbers)).split()))


def check(description: Description, tensor: Tensor) -> None:
    """Raise `Failed` unless the tensor fits the description of the input."""
    name, element, shape = description.name, description.element, description.shape
    if tensor.element != element:
        raise Failed(f"{name} takes {element}, not {tensor.element}.")
    if not _fits(tensor.shape, shape):
        raise Failed(f"{name} takes {written(shape)}, not {written(tensor.shape)}.")
    if isinstance(tensor.content, list) != (element == STRING):
        raise Failed(f"{name} takes {element}; the content is not of that type.")
    wanted, got = size(element, tensor.shape), len(tensor.content)
    if got != wanted:
        raise Failed(f"{name} takes {wanted} {'strings' if element == STRING else 'bytes'}, not {got}.")


def _fits(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    if len(given) != len(wanted):
        return False
    return all(got >= 0 and want in (got, OPEN) for got, want in zip(given, wanted, strict=True))


def size(element: str, shape: tuple[int, ...]) -> int:
    """The size of the contents: in bytes for numbers, their count for strings."""
    return prod(shape) * (1 if element == STRING else _ELEMENTS[element][1])


def written(shape: tuple[int, ...]) -> str:
    """The shape for people: ? x 28 x 28."""
    return " x ".join("?" if number == OPEN else str(number) for number in shape) or "a single value"
