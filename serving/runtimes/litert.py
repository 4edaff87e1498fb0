"""LiteRT's C library, as far as classifying pictures goes.

The Python package around it imports NumPy, protocol buffers and a second copy of the runtime: 150 ms of a
cold start. The library itself needs nothing, and opens in two.

The names and the layout of what is passed are those of LiteRT's headers, litert/c/*.h, which call them stable.
"""

import ctypes
from ctypes import Structure, byref, c_bool, c_float, c_int, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from importlib.machinery import PathFinder

FLOAT32, UINT8, INT8 = 1, 3, 9

_CPU = 1
_AUTO_REGISTER_ACCELERATORS, _LEAST_SEVERITY = 24, 25  # options of the environment
_INT = 2  # the kind of their value
_WARNINGS = 3
_PER_TENSOR = 1
_READ, _WRITE = 0, 1


class _Value(Structure):
    _fields_ = (("kind", c_int), ("value", c_int64))


class _Option(Structure):
    _fields_ = (("tag", c_int), ("value", _Value))


class _Layout(Structure):
    _fields_ = (("rank", c_uint32), ("sizes", c_int32 * 8), ("strides", c_uint32 * 8))


class TensorType(Structure):
    """What a tensor holds and its shape."""

    _fields_ = (("element", c_int), ("layout", _Layout))

    @property
    def shape(self) -> tuple[int, ...]:
        """A size of -1 is open."""
        return tuple(self.layout.sizes[: self.layout.rank & 0x7F])  # the eighth bit says that there are strides

    def with_batch(self, pictures: int) -> "TensorType":
        """The same of so many pictures at once."""
        made = TensorType.from_buffer_copy(self)
        made.layout.sizes[0] = pictures
        return made


class Quantisation(Structure):
    """A whole number q stands for (q - zero_point) * scale. A scale of zero: there is none."""

    _fields_ = (("scale", c_float), ("zero_point", c_int64))


class Failed(RuntimeError):
    """LiteRT refused, with the number that it gives for a reason."""


def _path() -> str:
    # Found without importing the package.
    spec = PathFinder.find_spec("ai_edge_litert")
    if spec is None or not spec.submodule_search_locations:
        raise Failed("LiteRT is not installed.")
    return f"{spec.submodule_search_locations[0]}/libLiteRt.so"


class Library:
    """The library with an environment. It stays open as long as the process lives."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(_path())
        self.environment = c_void_p()
        options = (_Option * 2)(
            # Nothing looks for a GPU that is not there.
            _Option(_AUTO_REGISTER_ACCELERATORS, _Value(_INT, _CPU)),
            _Option(_LEAST_SEVERITY, _Value(_INT, _WARNINGS)),
        )
        self.call("CreateEnvironment", c_int(len(options)), options, byref(self.environment))

    def call(self, name: str, *arguments: object) -> None:
        status = getattr(self._library, f"LiteRt{name}")(*arguments)
        if status:
            raise Failed(f"LiteRT: {name} failed with status {status}.")

    def model(self, file: str) -> c_void_p:
        """Mapped into memory, not read: what is not needed yet is not waited for."""
        model = c_void_p()
        self.call("CreateModelFromFile", self.environment, file.encode(), byref(model))
        return model

    def compiled(self, model: c_void_p) -> c_void_p:
        """For the CPU, with XNNPACK, in one thread: Lambda's share of a processor is slower with more."""
        options, compiled = c_void_p(), c_void_p()
        self.call("CreateOptions", byref(options))
        self.call("SetOptionsHardwareAccelerators", options, c_int(_CPU))
        self.call("CreateCompiledModel", self.environment, model, options, byref(compiled))
        return compiled

    def tensors(self, model: c_void_p) -> tuple[c_void_p, c_void_p]:
        """The input and the output. There must be one of each."""
        signature = c_void_p()
        self.call("GetModelSignature", model, c_size_t(0), byref(signature))
        found = []
        for side in ("Input", "Output"):
            count, tensor = c_size_t(), c_void_p()
            self.call(f"GetNumSignature{side}s", signature, byref(count))
            if count.value != 1:
                raise Failed(f"The model has {count.value} {side.lower()}s; a classifier of pictures has one.")
            self.call(f"GetSignature{side}TensorByIndex", signature, c_size_t(0), byref(tensor))
            found.append(tensor)
        return found[0], found[1]

    def type_of(self, tensor: c_void_p) -> TensorType:
        found = TensorType()
        self.call("GetRankedTensorType", tensor, byref(found))
        return found

    def quantisation_of(self, tensor: c_void_p) -> Quantisation:
        found, kind = Quantisation(), c_int()
        self.call("GetQuantizationTypeId", tensor, byref(kind))
        if kind.value == _PER_TENSOR:
            self.call("GetPerTensorQuantization", tensor, byref(found))
        return found

    def resize_input(self, compiled: c_void_p, shape: tuple[int, ...]) -> None:
        """Possible where the size was left open; the output follows."""
        sizes, layout = (c_int * len(shape))(*shape), _Layout()
        first, one, allocate = c_size_t(0), c_size_t(1), c_bool(True)
        self.call("CompiledModelResizeInputTensor", compiled, first, first, sizes, c_size_t(len(shape)))
        self.call("GetCompiledModelOutputTensorLayouts", compiled, first, one, byref(layout), allocate)

    def buffer(self, compiled: c_void_p, side: str, type_: TensorType) -> c_void_p:
        """Memory for the input or the output, as the compiled model wants it."""
        requirements, made = c_void_p(), c_void_p()
        first = c_size_t(0)
        self.call(f"GetCompiledModel{side}BufferRequirements", compiled, first, first, byref(requirements))
        self.call(
            "CreateManagedTensorBufferFromRequirements", self.environment, byref(type_), requirements, byref(made)
        )
        return made

    def write(self, buffer: c_void_p, content: bytes) -> None:
        address = c_void_p()
        self.call("LockTensorBuffer", buffer, byref(address), c_int(_WRITE))
        ctypes.memmove(address, content, len(content))
        self.call("UnlockTensorBuffer", buffer)

    def read(self, buffer: c_void_p, size: int) -> bytes:
        address = c_void_p()
        self.call("LockTensorBuffer", buffer, byref(address), c_int(_READ))
        content = ctypes.string_at(address, size)
        self.call("UnlockTensorBuffer", buffer)
        return content

    def run(self, compiled: c_void_p, given: c_void_p, wanted: c_void_p) -> None:
        first, one = c_size_t(0), c_size_t(1)
        self.call("RunCompiledModel", compiled, first, one, byref(given), one, byref(wanted))
