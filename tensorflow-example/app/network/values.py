"""From pixels to what a network's input holds, and from its output to scores. All without NumPy.

An export of ours takes pixels and gives probabilities, so nothing is done for it. A `.tflite` file of somebody
else's may want 32-bit floats, or whole numbers that stand for them, and may give such numbers or no probabilities.
"""

from collections.abc import Callable, Sequence

from serving.pictures.decoding import Preprocessing
from serving.pictures.values import floats
from serving.pictures.values import softmax as softmax
from serving.runtimes.litert_library import Quantisation
from serving.runtimes.session import Tensor

Prepare = Callable[[bytes], bytes]
Scores = Sequence[float]

_LOWEST = {"uint8": 0, "int8": -128}
# Beyond it, a range of numbers is one of pixels' values and not of normalised ones.
_WIDEST_NORMALISED = 25.0


def preparation(element: str, quantisation: Quantisation, how: Preprocessing) -> Prepare:
    """What turns the pixels of a picture into the bytes of the input."""
    if element == "float32":
        return lambda pixels: floats(pixels, how)
    if element not in _LOWEST:
        raise ValueError(f"the input holds {element}; it can be float32, uint8 or int8")
    tables = [_table(element, quantisation, *channel) for channel in zip(how.mean, how.std, strict=True)]
    if len(set(tables)) == 1:
        [table] = set(tables)
        if table == bytes(range(256)):
            return lambda pixels: pixels
        return lambda pixels: pixels.translate(table)
    return lambda pixels: _by_channel(pixels, tables)


def _table(element: str, quantisation: Quantisation, mean: float, std: float) -> bytes:
    """For each value of a pixel the byte that stands for it."""
    lowest, scale = _LOWEST[element], quantisation.scale
    as_it_is = bytes((value + lowest) & 0xFF for value in range(256))
    if not scale or scale * 255 > _WIDEST_NORMALISED:
        return as_it_is
    wanted = [round((value - mean) / std / scale) + quantisation.zero_point for value in range(256)]
    # Of rounding there may be one more or less; then the pixels themselves are what training put in.
    if all(abs(number - lowest - value) <= 1 for value, number in enumerate(wanted)):
        return as_it_is
    return bytes(min(max(number, lowest), lowest + 255) & 0xFF for number in wanted)


def _by_channel(pixels: bytes, tables: Sequence[bytes]) -> bytes:
    result = bytearray(len(pixels))
    for channel, table in enumerate(tables):
        result[channel::3] = pixels[channel::3].translate(table)
    return bytes(result)


def numbers(output: Tensor, quantisation: Quantisation) -> Scores:
    """Those that the output stands for."""
    if output.element == "float32":
        return output.numbers
    if output.element not in _LOWEST:
        raise ValueError(f"the output holds {output.element}; it can be float32, uint8 or int8")
    scale, zero_point = quantisation.scale or 1.0, quantisation.zero_point
    return [(number - zero_point) * scale for number in output.numbers]
