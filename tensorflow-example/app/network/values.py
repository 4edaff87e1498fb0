"""From pixels to what a network's input holds.

An export of ours takes pixels and gives probabilities, so nothing is done for it. A `.tflite` file of somebody
else's may want 32-bit floats, or whole numbers that stand for them, and may give such numbers or no probabilities.
"""

from collections.abc import Callable, Sequence

from serving.pictures.decoding import Preprocessing
from serving.pictures.values import floats
from serving.runtimes.litert_library import Quantisation
from serving.runtimes.quantisation import Pixels

Prepare = Callable[[bytes], bytes]
Scores = Sequence[float]


def preparation(element: str, quantisation: Quantisation, how: Preprocessing) -> Prepare:
    """What turns the pixels of a picture into the bytes of the input."""
    if element == "float32":
        return lambda pixels: floats(pixels, how)
    return Pixels(element, quantisation, how.mean, how.std).of
