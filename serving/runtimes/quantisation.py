"""Quantisation: the integers that stand for real numbers in the inputs and outputs of `.tflite` files.

session = Real(litert.Session("model.tflite"))     # takes and returns real numbers
prepared = Pixels("uint8", session.input_quantisations[0], mean, std)
prepared.of(pixels)                                # pixels by a lookup table: a thousandth of the work
"""

from array import array
from collections.abc import Iterable, Sequence
from math import floor

import msgspec

from serving.runtimes import session
from serving.runtimes.litert import Session
from serving.runtimes.litert_library import Quantisation
from serving.runtimes.session import Description, Failed, Tensor

# The smallest and the largest value of each element type.
LIMITS = {
    f"{sign}int{bits}": (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for sign in ("", "u")
    for bits in (8, 16, 32)
}
_REAL = "float32"
# If an input's range of values is wider than this, it takes raw pixel values and not normalised ones.
_WIDEST_NORMALISED = 25.0


class Real(session.Session):
    """A quantised model that takes and returns real numbers."""

    def __init__(self, of: Session) -> None:
        super().__init__()
        self._of = of
        self.inputs = _real(of.inputs, of.input_quantisations)
        self.outputs = _real(of.outputs, of.output_quantisations)

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        of = self._of
        found = of.run(
            [
                Tensor.of(wanted.element, tensor.shape, whole(tensor.numbers, wanted.element, how))
                if is_quantised(wanted, how)
                else tensor
                for tensor, wanted, how in zip(given, of.inputs, of.input_quantisations, strict=True)
            ]
        )
        return [
            Tensor.of(_REAL, tensor.shape, numbers(tensor, how)) if is_quantised(described, how) else tensor
            for tensor, described, how in zip(found, of.outputs, of.output_quantisations, strict=True)
        ]


def is_quantised(described: Description, how: Quantisation) -> bool:
    return bool(how.scale) and described.element in LIMITS


def _real(described: Iterable[Description], quantisations: Iterable[Quantisation]) -> tuple[Description, ...]:
    return tuple(
        msgspec.structs.replace(each, element=_REAL) if is_quantised(each, how) else each
        for each, how in zip(described, quantisations, strict=True)
    )


def whole(values: Sequence[float], element: str, how: Quantisation) -> list[int]:
    """The values quantised as in LiteRT's Quantize: rounded, halves away from zero, and clamped to the range."""
    scale, zero_point = how.scale, how.zero_point
    lowest, highest = (limit - zero_point for limit in LIMITS[element])
    # LiteRT divides in 32 bits.
    within = (min(max(value, lowest), highest) for value in array("f", [value / scale for value in values]))
    return [(floor(value + 0.5) if value >= 0 else -floor(0.5 - value)) + zero_point for value in within]


def numbers(tensor: Tensor, how: Quantisation) -> Sequence[float]:
    """The real numbers that an output stands for."""
    if tensor.element not in LIMITS:
        return tensor.numbers
    scale, zero_point = how.scale or 1.0, how.zero_point
    return [(number - zero_point) * scale for number in tensor.numbers]


class Pixels:
    """Turns the pixels of a picture, rows of RGB bytes, into the bytes of an input."""

    def __init__(
        self, element: str, how: Quantisation, mean: Sequence[float], std: Sequence[float], *, planar: bool = False
    ) -> None:
        if element not in ("uint8", "int8"):
            raise Failed(f"The input holds {element}; of pictures it can be uint8 or int8.")
        self._tables = [_table(element, how, *channel) for channel in zip(mean, std, strict=True)]
        self._is_planar = planar

    def of(self, pixels: bytes) -> bytes:
        [table, *others] = self._tables
        if not self._is_planar and {table} == {table, *others}:
            return pixels if table == bytes(range(256)) else pixels.translate(table)
        result, plane = bytearray(len(pixels)), len(pixels) // 3
        for channel, table in enumerate(self._tables):
            place = slice(channel * plane, (channel + 1) * plane) if self._is_planar else slice(channel, None, 3)
            result[place] = pixels[channel::3].translate(table)
        return bytes(result)


def _table(element: str, how: Quantisation, mean: float, std: float) -> bytes:
    """The quantised byte for each value of a pixel."""
    lowest, highest = LIMITS[element]
    as_it_is = bytes((value + lowest) & 0xFF for value in range(256))
    if not how.scale or how.scale * 255 > _WIDEST_NORMALISED:
        return as_it_is
    wanted = [floor((value - mean) / std / how.scale + 0.5) + how.zero_point for value in range(256)]
    # If they differ from the pixels by at most one, which is rounding, training used the pixels themselves.
    if all(abs(number - lowest - value) <= 1 for value, number in enumerate(wanted)):
        return as_it_is
    return bytes(min(max(number, lowest), highest) & 0xFF for number in wanted)
