"""Converts pixels to the values of a network's input.

Our own exports take pixels, so nothing is converted for them. Other `.tflite` files may take 32-bit floats or
quantised integers.
"""

from collections.abc import Callable, Sequence

from serving.pictures.decoding import Preprocessing
from serving.pictures.values import floats
from serving.runtimes.litert_library import Quantisation
from serving.runtimes.quantisation import Pixels

Prepare = Callable[[bytes], bytes]
Scores = Sequence[float]


def preparation(element: str, quantisation: Quantisation, how: Preprocessing) -> Prepare:
    """A function from the pixels of a picture to the bytes of the input tensor."""
    if element == "float32":
        return lambda pixels: floats(pixels, how)
    return Pixels(element, quantisation, how.mean, how.std).of
