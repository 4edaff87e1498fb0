"""The fast back end: LiteRT, by its C library."""

from array import array
from threading import Lock

from app.network.classes import CLASSES, SIDE
from serving.runtimes.litert import FLOAT32, UINT8, Failed, Library

_GIVEN = (UINT8, (1, SIDE, SIDE, 3))
_WANTED = (FLOAT32, (1, len(CLASSES)))


class Network:
    """Pixels as bytes in, scores out."""

    def __init__(self, file: str) -> None:
        self._library = library = Library()
        self._model = library.model(file)
        # The file leaves open how many pictures there are.
        given, wanted = (library.type_of(tensor).with_batch(1) for tensor in library.tensors(self._model))
        found = [(tensor.element, tensor.shape) for tensor in (given, wanted)]
        if found != [_GIVEN, _WANTED]:
            raise Failed(f"{file} is another network: {found}")
        self._compiled = library.compiled(self._model)
        self._given = library.buffer(self._compiled, "Input", given)
        self._wanted = library.buffer(self._compiled, "Output", wanted)
        # The memory for input and output is there once, and a server asks from several threads.
        self._free = Lock()

    def scores(self, pixels: bytes) -> list[float]:
        if len(pixels) != SIDE * SIDE * 3:
            # What is not checked here would be read from memory that is not ours.
            raise Failed(f"The model takes {SIDE * SIDE * 3} bytes, not {len(pixels)}.")
        with self._free:
            self._library.write(self._given, pixels)
            self._library.run(self._compiled, self._given, self._wanted)
            return array("f", self._library.read(self._wanted, 4 * len(CLASSES))).tolist()
