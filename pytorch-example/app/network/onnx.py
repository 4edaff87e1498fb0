"""The fast back end: ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path

from serving.pictures.decoding import Preprocessing
from serving.runtimes.onnxruntime import Session
from serving.runtimes.session import Tensor

# As the export names them.
INPUT, OUTPUT = "pixels", "probabilities"


class Network:
    """A model that takes pixels (batch x height x width x 3, a byte each) and gives probabilities."""

    def __init__(self, file: Path, how: Preprocessing) -> None:
        self._shape = (1, how.height, how.width, 3)
        self._session = Session(str(file))

    def predict(self, pixels: bytes) -> Sequence[float]:
        """The probability of each class."""
        [answer] = self._session.run([Tensor("uint8", self._shape, pixels)])
        return list(answer.numbers)
