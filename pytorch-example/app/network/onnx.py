"""The fast back end: ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path

from serving.pictures.decoding import Preprocessing
from serving.runtimes.onnxruntime import Session
from serving.runtimes.session import Tensor

# The names that the export gives them.
INPUT, OUTPUT = "pixels", "probabilities"


class Network:
    """An ONNX model that takes pixels (batch x height x width x 3, one byte each) and returns probabilities."""

    def __init__(self, file: Path, how: Preprocessing) -> None:
        self._shape = (1, how.height, how.width, 3)
        self._session = Session(str(file))

    def predict(self, pixels: bytes) -> Sequence[float]:
        """The probability of each class."""
        [answer] = self._session.run([Tensor("uint8", self._shape, pixels)])
        return list(answer.numbers)
