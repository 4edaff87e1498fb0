"""Bindings to LiteRT's C library: the structures and functions that litert.py uses.

Names and layouts are those of LiteRT's headers, litert/c/*.h, which declare them stable.
"""

import ctypes
from collections.abc import Sequence
from ctypes import Structure, byref, c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_uint32, c_void_p

import msgspec

from serving.runtimes import libraries
from serving.runtimes.session import OPEN, Description, Failed
from serving.runtimes.threads import threads

_CPU = 1
_AUTO_REGISTER_ACCELERATORS, _LEAST_SEVERITY = 24, 25  # options of the environment
_INT = 2  # the kind of their value
_WARNINGS = 3
_PER_TENSOR = 1
_READ, _WRITE = 0, 1
_ELEMENTS = {
    **{1: "float32", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8"},
    **{11: "float64", 13: "uint64", 16: "uint32", 17: "uint16"},
}


class _Value(Structure):
    _fields_ = (("kind", c_int), ("value", c_int64))


class _Option(Structure):
    _fields_ = (("tag", c_int), ("value", _Value))


class Layout(Structure):
    _fields_ = (("rank", c_uint32), ("sizes", c_int32 * 8), ("strides", c_uint32 * 8))

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.sizes[: self.rank & 0x7F])  # the eighth bit is a flag: there are strides


class Type(Structure):
    _fields_ = (("element", c_int), ("layout", Layout))

    def of_shape(self, shape: Sequence[int]) -> "Type":
        made = Type.from_buffer_copy(self)
        made.layout.rank = len(shape)
        made.layout.sizes[: len(shape)] = shape
        return made


class Quantisation(Structure):
    """An integer q stands for (q - zero_point) * scale. A scale of zero means that there is no quantisation."""

    _fields_ = (("scale", c_float), ("zero_point", c_int64))


class Side(msgspec.Struct, frozen=True):
    """The inputs of a signature, or its outputs."""

    descriptions: tuple[Description, ...]
    types: tuple[Type, ...]
    quantisations: tuple[Quantisation, ...]


# LiteRT calls this when it no longer needs an option. Python owns the memory, so there is nothing to do.
_keep = ctypes.CFUNCTYPE(None, c_void_p)(lambda _: None)


class Library(libraries.Library):
    """The loaded library, with its error codes turned into exceptions."""

    def __init__(self) -> None:
        self._library = libraries.opened("ai_edge_litert", "", "libLiteRt.so")
        self._threads = b"num_threads = %d\n" % threads()
        options = (_Option * 2)(
            # Do not look for a GPU.
            _Option(_AUTO_REGISTER_ACCELERATORS, _Value(_INT, _CPU)),
            _Option(_LEAST_SEVERITY, _Value(_INT, _WARNINGS)),
        )
        self.environment = self.made("CreateEnvironment", c_int(len(options)), options)

    def call(self, name: str, *arguments: object) -> None:
        status = getattr(self._library, f"LiteRt{name}")(*arguments)
        if status:
            raise Failed(f"LiteRT: {name} failed with status {status}.")

    def text(self, name: str, *arguments: object) -> str:
        found = c_char_p()
        self.call(name, *arguments, byref(found))
        return (found.value or b"").decode()

    def release(self, kind: str, what: c_void_p) -> None:
        getattr(self._library, f"LiteRtDestroy{kind}")(what)

    def model(self, file: str) -> c_void_p:
        """The model, mapped into memory rather than read, so that pages are only loaded when they are needed."""
        return self.made("CreateModelFromFile", self.environment, file.encode())

    def compiled(self, model: c_void_p) -> c_void_p:
        """The model compiled for the CPU, with XNNPACK."""
        options = self.made("CreateOptions")
        self.call("SetOptionsHardwareAccelerators", options, c_int(_CPU))
        self.call("AddOpaqueOptions", options, self.made("CreateOpaqueOptions", b"xnnpack", self._threads, _keep))
        try:
            return self.made("CreateCompiledModel", self.environment, model, options)
        finally:
            self.release("Options", options)

    def signature(self, model: c_void_p, key: str | None) -> tuple[int, c_void_p]:
        """The index and the handle of the signature named `key`, or of the first one."""
        count = self.count("GetNumModelSignatures", model)
        found = [self.made("GetModelSignature", model, c_size_t(place)) for place in range(count)]
        names = [self.text("GetSignatureKey", signature) for signature in found]
        if key is not None and key not in names:
            raise Failed(f"The model has no signature {key!r}; it has {', '.join(names)}.")
        place = 0 if key is None else names.index(key)
        return place, found[place]

    def side(self, name: str, signature: c_void_p) -> Side:
        found = [
            self._tensor(name, signature, c_size_t(place))
            for place in range(self.count(f"GetNumSignature{name}s", signature))
        ]
        descriptions, types, quantisations = zip(*found, strict=True)
        return Side(descriptions, types, quantisations)

    def _tensor(self, side: str, signature: c_void_p, place: c_size_t) -> tuple[Description, Type, Quantisation]:
        name = self.text(f"GetSignature{side}Name", signature, place)
        tensor = self.made(f"GetSignature{side}TensorByIndex", signature, place)
        type_, quantisation, kind = Type(), Quantisation(), c_int()
        self.call("GetRankedTensorType", tensor, byref(type_))
        if type_.element not in _ELEMENTS:
            raise Failed(f"LiteRT: {name} holds numbers of kind {type_.element}, which cannot be served here.")
        self.call("GetQuantizationTypeId", tensor, byref(kind))
        if kind.value == _PER_TENSOR:
            self.call("GetPerTensorQuantization", tensor, byref(quantisation))
        shape = tuple(OPEN if each < 0 else each for each in type_.layout.shape)
        return Description(name, _ELEMENTS[type_.element], shape), type_, quantisation

    def write(self, buffer: c_void_p, content: bytes) -> None:
        ctypes.memmove(self._locked(buffer, _WRITE), content, len(content))
        self.call("UnlockTensorBuffer", buffer)

    def read(self, buffer: c_void_p, size: int) -> bytes:
        content = ctypes.string_at(self._locked(buffer, _READ), size)
        self.call("UnlockTensorBuffer", buffer)
        return content

    def _locked(self, buffer: c_void_p, access: int) -> c_void_p:
        address = c_void_p()
        self.call("LockTensorBuffer", buffer, byref(address), c_int(access))
        return address
