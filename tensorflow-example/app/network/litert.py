"""The fast back end: LiteRT, by its C library."""

from collections.abc import Sequence
from math import prod
from threading import Lock

from app.network import values
from app.network.values import Scores
from serving.pictures.decoding import Preprocessing
from serving.runtimes.litert import Failed, Library


class Network:
    """A `.tflite` classifier. Pixels go in as bytes, scores come out."""

    def __init__(self, file: str, how: Preprocessing, *, softmax: bool = False, batch: int = 1) -> None:
        self._library = Library()
        self._model = self._library.model(file)
        given, wanted = self._library.tensors(self._model)
        self._input, self._output = (self._library.type_of(tensor) for tensor in (given, wanted))
        self.input_shape, self.outputs = self._input.shape[1:], prod(self._output.shape[1:])
        self._quantised = self._library.quantisation_of(wanted)
        self._softmax = softmax
        self._prepare = values.preparation(self._input.element, self._library.quantisation_of(given), how)
        self._one = _Compiled(self, 1)
        # Where the export left open how many pictures there are. What another batch costs is paid by its first request.
        self.batch = batch if self._input.shape[0] < 0 else 1
        self._many: _Compiled | None = None
        # The memory for input and output is there once, and a server asks from several threads.
        self._free = Lock()

    def scores(self, pictures: Sequence[bytes]) -> list[Scores]:
        """Of each picture, a score for each class. Full batches go at once, what remains one by one."""
        found: list[Scores] = []
        whole = len(pictures) // self.batch * self.batch if self.batch > 1 else 0
        with self._free:
            if whole and self._many is None:
                self._many = _Compiled(self, self.batch)
            for first in range(0, whole, self.batch):
                assert self._many
                found += self._many.run(pictures[first : first + self.batch])
            for picture in pictures[whole:]:
                found += self._one.run([picture])
        return found


class _Compiled:
    """A network made ready for so many pictures at once, with the memory that they take."""

    def __init__(self, network: Network, pictures: int) -> None:
        library = network._library
        self._network = network
        self._compiled = library.compiled(network._model)
        given, wanted = network._input.with_batch(pictures), network._output.with_batch(pictures)
        if pictures > 1:
            library.resize_input(self._compiled, given.shape)
        self._given = library.buffer(self._compiled, "Input", given)
        self._wanted = library.buffer(self._compiled, "Output", wanted)
        self._input_size = prod(given.shape) * values.size_of(given.element)
        self._output_size = prod(wanted.shape) * values.size_of(wanted.element)
        self._count = pictures

    def run(self, pictures: Sequence[bytes]) -> list[Scores]:
        network, library = self._network, self._network._library
        content = b"".join(map(network._prepare, pictures))
        if len(content) != self._input_size:
            # What is not checked here would be read from memory that is not ours.
            raise Failed(f"The model takes {self._input_size} bytes, not {len(content)}.")
        library.write(self._given, content)
        library.run(self._compiled, self._given, self._wanted)
        output = library.read(self._wanted, self._output_size)
        each = self._output_size // self._count
        return [
            values.scores(
                output[start : start + each], network._output.element, network._quantised, softmax=network._softmax
            )
            for start in range(0, self._output_size, each)
        ]
