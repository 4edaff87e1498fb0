"""ONNX Runtime's C library: runs any `.onnx` file whose inputs and outputs are tensors.

Its Python package imports NumPy, which together takes 150 ms; the library alone takes 4 ms.

The interface is a table of functions, OrtApi in include/onnxruntime/core/session/onnxruntime_c_api.h. New functions are
added at its end and none ever moves, so the indices below are valid for all later versions.
"""

import ctypes
import os
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

from serving.runtimes import libraries, session
from serving.runtimes.session import OPEN, STRING, Description, Failed, Tensor, size
from serving.runtimes.threads import threads

# The version of the interface, not of the library: every library from 1.16 on has it.
_API_VERSION = 16
_GET_ERROR_MESSAGE, _RELEASE_STATUS = 2, 93

# For each function, its index in the table and the types of its arguments.
_FUNCTIONS: dict[str, tuple[int, tuple[Any, ...]]] = {
    "CreateEnv": (3, (c_int, c_char_p, c_void_p)),
    "CreateSession": (7, (c_void_p, c_char_p, c_void_p, c_void_p)),
    "Run": (9, (c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p)),
    "CreateSessionOptions": (10, (c_void_p,)),
    "SetSessionGraphOptimizationLevel": (23, (c_void_p, c_int)),
    "SetIntraOpNumThreads": (24, (c_void_p, c_int)),
    "SetInterOpNumThreads": (25, (c_void_p, c_int)),
    "SessionGetInputCount": (30, (c_void_p, c_void_p)),
    "SessionGetOutputCount": (31, (c_void_p, c_void_p)),
    "SessionGetInputTypeInfo": (33, (c_void_p, c_size_t, c_void_p)),
    "SessionGetOutputTypeInfo": (34, (c_void_p, c_size_t, c_void_p)),
    "SessionGetInputName": (36, (c_void_p, c_size_t, c_void_p, c_void_p)),
    "SessionGetOutputName": (37, (c_void_p, c_size_t, c_void_p, c_void_p)),
    "CreateTensorAsOrtValue": (48, (c_void_p, c_void_p, c_size_t, c_int, c_void_p)),
    "CreateTensorWithDataAsOrtValue": (49, (c_void_p, c_char_p, c_size_t, c_void_p, c_size_t, c_int, c_void_p)),
    "GetTensorMutableData": (51, (c_void_p, c_void_p)),
    "FillStringTensor": (52, (c_void_p, c_void_p, c_size_t)),
    "GetStringTensorDataLength": (53, (c_void_p, c_void_p)),
    "GetStringTensorContent": (54, (c_void_p, c_void_p, c_size_t, c_void_p, c_size_t)),
    "CastTypeInfoToTensorInfo": (55, (c_void_p, c_void_p)),
    "GetTensorElementType": (60, (c_void_p, c_void_p)),
    "GetDimensionsCount": (61, (c_void_p, c_void_p)),
    "GetDimensions": (62, (c_void_p, c_void_p, c_size_t)),
    "GetTensorTypeAndShape": (65, (c_void_p, c_void_p)),
    "CreateCpuMemoryInfo": (69, (c_int, c_int, c_void_p)),
    "AllocatorFree": (76, (c_void_p, c_void_p)),
    "GetAllocatorWithDefaultOptions": (78, (c_void_p,)),
}
_RELEASES = {"Value": 96, "TypeInfo": 98, "TensorTypeAndShapeInfo": 99}

_WARNINGS, _ALL_OPTIMISATIONS, _ARENA, _DEFAULT_MEMORY = 2, 99, 1, 0
_ELEMENTS = {
    **{1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: STRING},
    **{9: "bool", 11: "float64", 12: "uint32", 13: "uint64"},
}
_NUMBERS = {name: number for number, name in _ELEMENTS.items()}


class _ApiBase(ctypes.Structure):
    _fields_ = (("get_api", ctypes.CFUNCTYPE(c_void_p, c_uint32)), ("version", ctypes.CFUNCTYPE(c_char_p)))


class Library(libraries.Library):
    """The loaded library, with its error statuses turned into exceptions."""

    def __init__(self) -> None:
        # By default it sends usage data to its makers.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        library = libraries.opened("onnxruntime", "capi", "libonnxruntime.so")
        library.OrtGetApiBase.restype = POINTER(_ApiBase)
        table = library.OrtGetApiBase().contents.get_api(_API_VERSION)
        if not table:
            raise Failed(f"This ONNX Runtime does not have version {_API_VERSION} of its interface: it is too old.")
        at = ctypes.cast(table, POINTER(c_void_p))
        self._message = ctypes.CFUNCTYPE(c_char_p, c_void_p)(at[_GET_ERROR_MESSAGE])
        self._release_status = ctypes.CFUNCTYPE(None, c_void_p)(at[_RELEASE_STATUS])
        self._functions = {
            name: ctypes.CFUNCTYPE(c_void_p, *takes)(at[place]) for name, (place, takes) in _FUNCTIONS.items()
        }
        self._releases = {name: ctypes.CFUNCTYPE(None, c_void_p)(at[place]) for name, place in _RELEASES.items()}

    def call(self, name: str, *arguments: object) -> None:
        if status := self._functions[name](*arguments):
            said = self._message(status).decode(errors="replace")
            self._release_status(status)
            raise Failed(f"ONNX Runtime: {said}")

    def release(self, kind: str, what: c_void_p | int | None) -> None:
        self._releases[kind](what)

    def session(self, file: str) -> c_void_p:
        options = self.made("CreateSessionOptions")
        self.call("SetIntraOpNumThreads", options, threads())
        self.call("SetInterOpNumThreads", options, 1)
        # An export may have applied the general optimisations, but not those for this processor.
        self.call("SetSessionGraphOptimizationLevel", options, _ALL_OPTIMISATIONS)
        return self.made("CreateSession", self.made("CreateEnv", _WARNINGS, b""), file.encode(), options)

    def kind_of(self, tensor: c_void_p) -> tuple[str, tuple[int, ...]]:
        """The element type and the shape of a value, or of an input or output of the model."""
        number = c_int()
        self.call("GetTensorElementType", tensor, byref(number))
        sizes = (c_int64 * self.count("GetDimensionsCount", tensor))()
        self.call("GetDimensions", tensor, sizes, len(sizes))
        if number.value not in _ELEMENTS:
            raise Failed(f"ONNX Runtime: tensors of kind {number.value} cannot be served here.")
        return _ELEMENTS[number.value], tuple(OPEN if each < 0 else each for each in sizes)


class Session(session.Session):
    """A model that takes and returns tensors, of numbers or strings."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._library = library = Library()
        # Never released: they live as long as the process.
        self._session = library.session(file)
        self._allocator = library.made("GetAllocatorWithDefaultOptions")
        self._memory = library.made("CreateCpuMemoryInfo", _ARENA, _DEFAULT_MEMORY)
        self.inputs, self.outputs = self._described("Input"), self._described("Output")
        self._input_names, self._output_names = (
            (c_char_p * len(side))(*(each.name.encode() for each in side)) for side in (self.inputs, self.outputs)
        )

    def _described(self, side: str) -> tuple[Description, ...]:
        count = self._library.count(f"SessionGet{side}Count", self._session)
        return tuple(self._description(side, place) for place in range(count))

    def _description(self, side: str, place: int) -> Description:
        library = self._library
        text = library.made(f"SessionGet{side}Name", self._session, place, self._allocator)
        name = ctypes.string_at(text.value or 0).decode()
        library.call("AllocatorFree", self._allocator, text)
        type_ = library.made(f"SessionGet{side}TypeInfo", self._session, place)
        try:
            tensor = library.made("CastTypeInfoToTensorInfo", type_)
            if not tensor:
                raise Failed(f"The {side.lower()} {name} is not a tensor. Export the model without maps and sequences.")
            return Description(name, *library.kind_of(tensor))
        finally:
            library.release("TypeInfo", type_)

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        values, answers = (c_void_p * len(given))(), (c_void_p * len(self.outputs))()
        try:
            for place, tensor in enumerate(given):
                values[place] = self._value(tensor).value
            self._library.call(
                "Run",
                *(self._session, None, self._input_names, values, len(values)),
                *(self._output_names, len(answers), answers),
            )
            return [self._tensor(c_void_p(answer)) for answer in answers]
        finally:
            for value in (*values, *answers):
                self._library.release("Value", value)

    def _value(self, tensor: Tensor) -> c_void_p:
        library, rank = self._library, len(tensor.shape)
        sizes, number = (c_int64 * rank)(*tensor.shape), _NUMBERS[tensor.element]
        if isinstance(tensor.content, bytes):
            content = tensor.content
            return library.made(
                "CreateTensorWithDataAsOrtValue", self._memory, content, len(content), sizes, rank, number
            )
        made = library.made("CreateTensorAsOrtValue", self._allocator, sizes, rank, number)
        texts = (c_char_p * len(tensor.content))(*(text.encode() for text in tensor.content))
        library.call("FillStringTensor", made, texts, len(texts))
        return made

    def _tensor(self, value: c_void_p) -> Tensor:
        library = self._library
        kind = library.made("GetTensorTypeAndShape", value)
        element, shape = library.kind_of(kind)
        library.release("TensorTypeAndShapeInfo", kind)
        if element == STRING:
            return Tensor(element, shape, self._strings(value, size(element, shape)))
        address = library.made("GetTensorMutableData", value).value
        return Tensor(element, shape, ctypes.string_at(address or 0, size(element, shape)))

    def _strings(self, value: c_void_p, count: int) -> list[str]:
        """The strings of a tensor, which the library returns concatenated, with the offset of each."""
        length = self._library.count("GetStringTensorDataLength", value)
        content, starts = ctypes.create_string_buffer(length + 1), (c_size_t * (count + 1))()
        self._library.call("GetStringTensorContent", value, content, length, starts, count)
        starts[count] = length
        return [content.raw[starts[place] : starts[place + 1]].decode() for place in range(count)]
