"""LiteRT: runs any `.tflite` file, with any of its signatures.

Its Python package imports NumPy, protocol buffers and a second copy of the runtime, which takes 150 ms of a cold start.
The C library alone needs none of them, and opens in 2 ms.
"""

from collections.abc import Sequence
from ctypes import Array, byref, c_bool, c_int, c_size_t, c_void_p

from serving.runtimes import session
from serving.runtimes.litert_library import Layout, Library, Type
from serving.runtimes.session import OPEN, Tensor, size

Shape = tuple[int, ...]

# The most combinations of input sizes for which a compiled model is kept. Each takes memory.
_MOST_SHAPES = 4


class Session(session.Session):
    """A signature of a model, by default the first one."""

    def __init__(self, file: str, signature: str | None = None) -> None:
        super().__init__()
        self._library = library = Library()
        self._model = library.model(file)
        self._signature, found = library.signature(self._model, signature)
        self._given, self._wanted = library.side("Input", found), library.side("Output", found)
        self.inputs, self.outputs = self._given.descriptions, self._wanted.descriptions
        self.input_quantisations, self.output_quantisations = self._given.quantisations, self._wanted.quantisations
        self._ready: dict[tuple[Shape, ...], _Ready] = {}
        # Compile for size 1 in every open dimension. The first request with another size waits for its compilation.
        self._made_ready(tuple(tuple(1 if each == OPEN else each for each in given.shape) for given in self.inputs))

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        return self._made_ready(tuple(tensor.shape for tensor in given)).run(given)

    def _made_ready(self, shapes: tuple[Shape, ...]) -> "_Ready":
        ready = self._ready.pop(shapes, None)
        if ready is None:
            if len(self._ready) == _MOST_SHAPES:
                # The least recently used one.
                self._ready.pop(next(iter(self._ready))).release()
            ready = _Ready(self, shapes)
        self._ready[shapes] = ready
        return ready


class _Ready:
    """A model compiled for inputs of given shapes, with the buffers for its inputs and outputs."""

    def __init__(self, of: Session, shapes: tuple[Shape, ...]) -> None:
        self._library, self._signature = of._library, c_size_t(of._signature)
        self._compiled = self._library.compiled(of._model)
        for place, (description, shape) in enumerate(zip(of.inputs, shapes, strict=True)):
            if OPEN in description.shape:
                self._resize(place, shape)
        self._shapes = self._output_shapes(of)
        self._elements = [each.element for each in of.outputs]
        self._given = self._buffers("Input", of._given.types, shapes)
        self._wanted = self._buffers("Output", of._wanted.types, self._shapes)

    def _resize(self, place: int, shape: Shape) -> None:
        sizes = (c_int * len(shape))(*shape)
        self._library.call(
            *("CompiledModelResizeInputTensor", self._compiled, self._signature, c_size_t(place)),
            *(sizes, c_size_t(len(shape))),
        )

    def _output_shapes(self, of: Session) -> list[Shape]:
        """The shapes of the outputs, which follow from those of the inputs."""
        count = len(of.outputs)
        layouts, allocate = (Layout * count)(), c_bool(True)
        self._library.call(
            *("GetCompiledModelOutputTensorLayouts", self._compiled, self._signature),
            *(c_size_t(count), layouts, allocate),
        )
        return [layout.shape for layout in layouts]

    def _buffers(self, side: str, types: Sequence[Type], shapes: Sequence[Shape]) -> Array[c_void_p]:
        made = (c_void_p * len(types))()
        for place, (type_, shape) in enumerate(zip(types, shapes, strict=True)):
            wanted = self._library.made(
                f"GetCompiledModel{side}BufferRequirements", self._compiled, self._signature, c_size_t(place)
            )
            made[place] = self._library.made(
                "CreateManagedTensorBufferFromRequirements",
                *(self._library.environment, byref(type_.of_shape(shape)), wanted),
            ).value
        return made

    def run(self, given: Sequence[Tensor]) -> list[Tensor]:
        library = self._library
        for buffer, tensor in zip(self._given, given, strict=True):
            library.write(c_void_p(buffer), tensor.memory)
        library.call(
            *("RunCompiledModel", self._compiled, self._signature),
            *(c_size_t(len(self._given)), self._given, c_size_t(len(self._wanted)), self._wanted),
        )
        return [
            Tensor(element, shape, library.read(c_void_p(buffer), size(element, shape)))
            for element, shape, buffer in zip(self._elements, self._shapes, self._wanted, strict=True)
        ]

    def release(self) -> None:
        for buffer in (*self._given, *self._wanted):
            self._library.release("TensorBuffer", c_void_p(buffer))
        self._library.release("CompiledModel", self._compiled)
