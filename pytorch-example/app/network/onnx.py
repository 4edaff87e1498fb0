"""The fast back end: ONNX Runtime, called through its C interface.

Its Python package brings NumPy along, and the two take 150 ms to import where the library alone takes 4. What is
wanted of it is little: open a model, give it pixels, take the scores. The interface is one table of functions. New
ones are added at its end and none ever moves, so the places below hold for every later version.
"""

import ctypes
import os
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_int64, c_size_t, c_uint32, c_void_p
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from serving.pictures.decoding import Preprocessing

# Of the interface, not of the library: every library from 1.16 on has it.
API_VERSION = 16

# Places in OrtApi, include/onnxruntime/core/session/onnxruntime_c_api.h
GET_ERROR_MESSAGE = 2
CREATE_ENV = 3
CREATE_SESSION = 7
RUN = 9
CREATE_SESSION_OPTIONS = 10
SET_GRAPH_OPTIMIZATION_LEVEL = 23
SET_INTRA_OP_THREADS = 24
SET_INTER_OP_THREADS = 25
CREATE_TENSOR_WITH_DATA = 49
GET_TENSOR_DATA = 51
GET_SHAPE_COUNT = 64
GET_TENSOR_SHAPE = 65
CREATE_CPU_MEMORY_INFO = 69
RELEASE_STATUS = 93
RELEASE_VALUE = 96
RELEASE_SHAPE = 99
ADD_SESSION_CONFIG = 130

WARNINGS, ALL_OPTIMIZATIONS, ARENA, DEFAULT_MEMORY, UINT8 = 2, 99, 1, 0, 2
INPUT, OUTPUT = b"pixels", b"probabilities"


class _ApiBase(ctypes.Structure):
    _fields_ = (("get_api", ctypes.CFUNCTYPE(c_void_p, c_uint32)), ("version", ctypes.CFUNCTYPE(c_char_p)))


class _Api:
    """The table, with every status it answers turned into an exception."""

    def __init__(self) -> None:
        # Else it reports to its makers what it runs.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        library = ctypes.CDLL(str(_library()))
        library.OrtGetApiBase.restype = POINTER(_ApiBase)
        table = library.OrtGetApiBase().contents.get_api(API_VERSION)
        if not table:
            raise RuntimeError(f"this ONNX Runtime does not have version {API_VERSION} of its interface")
        self._table = ctypes.cast(table, POINTER(c_void_p))
        self._message = ctypes.CFUNCTYPE(c_char_p, c_void_p)(self._table[GET_ERROR_MESSAGE])
        self._release_status = self.releaser(RELEASE_STATUS)

    def function(self, place: int, *arguments: Any) -> Any:
        call = ctypes.CFUNCTYPE(c_void_p, *arguments)(self._table[place])

        def checked(*values: Any) -> None:
            if status := call(*values):
                said = self._message(status).decode(errors="replace")
                self._release_status(status)
                raise RuntimeError(f"ONNX Runtime: {said}")

        return checked

    def releaser(self, place: int) -> Any:
        return ctypes.CFUNCTYPE(None, c_void_p)(self._table[place])


def _library() -> Path:
    """Beside the Python package, which is found and not imported."""
    package = find_spec("onnxruntime")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for file in sorted(Path(folder, "capi").glob("libonnxruntime.so.*")):
            return file
    raise RuntimeError("there is no ONNX Runtime here")


class Network:
    """A model that takes pixels (batch x height x width x 3, a byte each) and gives probabilities."""

    def __init__(self, file: Path, how: Preprocessing) -> None:
        self._shape = (how.height, how.width, 3)
        api = _Api()
        environment, options, self._session, self._memory = c_void_p(), c_void_p(), c_void_p(), c_void_p()
        api.function(CREATE_ENV, c_int, c_char_p, c_void_p)(WARNINGS, b"", byref(environment))
        api.function(CREATE_SESSION_OPTIONS, c_void_p)(byref(options))
        # One thread: on Lambda, threads beyond the share of a processor slow it down.
        api.function(SET_INTRA_OP_THREADS, c_void_p, c_int)(options, 1)
        api.function(SET_INTER_OP_THREADS, c_void_p, c_int)(options, 1)
        # The build has done what is the same everywhere. What is left is this processor's own layout.
        api.function(SET_GRAPH_OPTIMIZATION_LEVEL, c_void_p, c_int)(options, ALL_OPTIMIZATIONS)
        api.function(CREATE_SESSION, c_void_p, c_char_p, c_void_p, c_void_p)(
            environment, str(file).encode(), options, byref(self._session)
        )
        api.function(CREATE_CPU_MEMORY_INFO, c_int, c_int, c_void_p)(ARENA, DEFAULT_MEMORY, byref(self._memory))

        self._tensor = api.function(
            CREATE_TENSOR_WITH_DATA, c_void_p, c_char_p, c_size_t, POINTER(c_int64), c_size_t, c_int, c_void_p
        )
        self._run = api.function(RUN, c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p)
        self._data = api.function(GET_TENSOR_DATA, c_void_p, c_void_p)
        self._shape_of = api.function(GET_TENSOR_SHAPE, c_void_p, c_void_p)
        self._count = api.function(GET_SHAPE_COUNT, c_void_p, c_void_p)
        self._release, self._release_shape = api.releaser(RELEASE_VALUE), api.releaser(RELEASE_SHAPE)
        self._input_names, self._output_names = (c_char_p * 1)(INPUT), (c_char_p * 1)(OUTPUT)
        # Never released: they live as long as the process.
        self._kept = (api, environment, options)

    def predict(self, pixels: bytes) -> Sequence[float]:
        """The probability of each class."""
        height, width, colours = self._shape
        if len(pixels) != height * width * colours:
            raise ValueError(f"{len(pixels)} bytes are no picture of {width}x{height}")
        given, answer = c_void_p(), c_void_p()
        dimensions = (c_int64 * 4)(1, height, width, colours)
        self._tensor(self._memory, pixels, len(pixels), dimensions, 4, UINT8, byref(given))
        try:
            self._run(self._session, None, self._input_names, byref(given), 1, self._output_names, 1, byref(answer))
        finally:
            self._release(given)
        try:
            return self._floats(answer)
        finally:
            self._release(answer)

    def _floats(self, tensor: c_void_p) -> list[float]:
        shape, data, count = c_void_p(), c_void_p(), c_size_t()
        self._shape_of(tensor, byref(shape))
        self._count(shape, byref(count))
        self._release_shape(shape)
        self._data(tensor, byref(data))
        assert data.value
        return list((c_float * count.value).from_address(data.value))
