"""The fast back end: LiteRT."""

from collections.abc import Sequence
from math import prod

from app.network import values
from app.network.values import Scores
from serving.pictures.decoding import Preprocessing
from serving.pictures.values import softmax
from serving.runtimes.litert import Session
from serving.runtimes.quantisation import numbers
from serving.runtimes.session import OPEN, Description, Failed, Tensor


class Network:
    """A `.tflite` classifier: pixels as bytes in, scores out."""

    def __init__(self, file: str, how: Preprocessing, *, softmax: bool = False, batch: int = 1) -> None:
        self._session = session = Session(file)
        self._given, wanted = _only(session.inputs, "inputs"), _only(session.outputs, "outputs")
        self.input_shape, self.outputs = self._given.shape[1:], prod(wanted.shape[1:])
        self._quantised, self._softmax = session.output_quantisations[0], softmax
        self._prepare = values.preparation(self._given.element, session.input_quantisations[0], how)
        # Batches need an open batch dimension in the file.
        self.batch = batch if self._given.shape[0] == OPEN else 1

    def scores(self, pictures: Sequence[bytes]) -> list[Scores]:
        """A score for each class, for each picture. Full batches run at once, the remaining pictures one by one."""
        whole = len(pictures) // self.batch * self.batch
        batches = [pictures[first : first + self.batch] for first in range(0, whole, self.batch)]
        batches += [[picture] for picture in pictures[whole:]]
        return [scores for batch in batches for scores in self._scores(batch)]

    def _scores(self, pictures: Sequence[bytes]) -> list[Scores]:
        content = b"".join(map(self._prepare, pictures))
        shape = (len(pictures), *self._given.shape[1:])
        [answer] = self._session.run([Tensor(self._given.element, shape, content)])
        found = numbers(answer, self._quantised)
        rows = [found[start : start + self.outputs] for start in range(0, len(found), self.outputs)]
        return [softmax(row) for row in rows] if self._softmax else rows


def _only(side: Sequence[Description], name: str) -> Description:
    if len(side) != 1:
        raise Failed(f"The model has {len(side)} {name}; a classifier of pictures has one.")
    return side[0]
