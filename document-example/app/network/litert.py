"""The fast back end: LiteRT."""

from app.network.classes import CLASSES, SIDE
from serving.runtimes.litert import Session
from serving.runtimes.session import OPEN, Failed, Tensor

_PICTURE = (SIDE, SIDE, 3)


class Network:
    """Pixels as bytes in, scores out."""

    def __init__(self, file: str) -> None:
        self._session = Session(file)
        # The batch dimension is open.
        wanted = [("uint8", (OPEN, *_PICTURE)), ("float32", (OPEN, len(CLASSES)))]
        found = [(each.element, each.shape) for each in (*self._session.inputs, *self._session.outputs)]
        if found != wanted:
            raise Failed(f"{file} is another network: {found}")

    def scores(self, pixels: bytes) -> list[float]:
        [answer] = self._session.run([Tensor("uint8", (1, *_PICTURE), pixels)])
        return list(answer.numbers)
