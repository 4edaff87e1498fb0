"""Converts pixels to a network's input and its outputs to probabilities, without NumPy."""

from array import array
from collections.abc import Sequence
from math import exp

from serving.pictures.preprocessing import Preprocessing


def floats(pixels: bytes, how: Preprocessing, *, planar: bool = False) -> bytes:
    """(value - mean) / std, interleaved or planar. Uses Pillow, which does it in C and is loaded anyway."""
    from PIL import Image

    result, count = array("f", bytes(4 * len(pixels))), len(pixels) // 3
    for channel, (mean, std) in enumerate(zip(how.mean, how.std, strict=True)):
        plane = Image.frombytes("L", (count, 1), pixels[channel::3]).convert("F")
        scaled = plane.point(lambda value, mean=mean, std=std: value * (1 / std) + -mean / std)
        place = slice(channel * count, (channel + 1) * count) if planar else slice(channel, None, 3)
        result[place] = array("f", scaled.tobytes())
    return result.tobytes()


def softmax(numbers: Sequence[float]) -> Sequence[float]:
    highest = max(numbers)
    powers = [exp(number - highest) for number in numbers]
    total = sum(powers)
    return [power / total for power in powers]
