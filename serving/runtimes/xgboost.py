"""XGBoost's C library: boosted trees and linear models with any objective, from `.json` or `.ubj` files.

Its Python package imports NumPy and SciPy, which takes 250 ms of a cold start, and spends more time on converting a row
than the library does on the prediction.

The functions are declared in include/xgboost/c_api.h.
"""

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_uint64, c_void_p
from math import prod

from serving.runtimes import libraries, session
from serving.runtimes.session import OPEN, Description, Failed, Tensor
from serving.runtimes.threads import threads

# The plain prediction by the trees of so many rounds of training; 0 is all. NaN is a missing value.
_HOW = (
    b'{"type":0,"training":false,"iteration_begin":0,"iteration_end":%d,'
    b'"strict_shape":false,"missing":NaN,"cache_id":0}'
)


class Library:
    """The loaded library, with its error codes turned into exceptions."""

    def __init__(self) -> None:
        self._library = libraries.opened("xgboost", "lib", "libxgboost.so")
        self._library.XGBGetLastError.restype = c_char_p
        # By default, loading a model starts a thread for each processor of the machine.
        self._library.omp_set_num_threads(threads())

    def call(self, name: str, *arguments: object) -> None:
        if getattr(self._library, f"XG{name}")(*arguments):
            # A C++ stack trace follows after the first line.
            said, _, _ = self._library.XGBGetLastError().decode(errors="replace").strip().partition("\n")
            raise Failed(f"XGBoost: {said}")

    def booster(self, file: str) -> c_void_p:
        made = c_void_p()
        self.call("BoosterCreate", None, c_uint64(0), byref(made))
        self.call("BoosterLoadModel", made, file.encode())
        self.call("BoosterSetParam", made, b"nthread", b"%d" % threads())
        return made

    def width(self, booster: c_void_p) -> int:
        found = c_uint64()
        self.call("BoosterGetNumFeature", booster, byref(found))
        return found.value

    def rounds(self, booster: c_void_p) -> int:
        """The rounds that predict: after early stopping in XGBClassifier and its like up to the best one; 0 is all."""
        best = self._attribute(booster, b"best_iteration")
        return int(best) + 1 if best and self._attribute(booster, b"scikit_learn") else 0

    def _attribute(self, booster: c_void_p, name: bytes) -> bytes | None:
        found, is_there = c_char_p(), c_int()
        self.call("BoosterGetAttr", booster, name, byref(found), byref(is_there))
        return found.value if is_there.value else None


class Session(session.Session):
    """A model that takes rows of numbers; NaN is a missing value."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._library = library = Library()
        # Never released: they live as long as the process.
        self._booster, self._rows = library.booster(file), c_void_p()
        # Otherwise the library makes one for each call, which is half the time of a row.
        library.call("ProxyDMatrixCreate", byref(self._rows))
        self._how = _HOW % library.rounds(self._booster)
        width = library.width(self._booster)
        self.inputs = (Description("rows", "float32", (OPEN, width)),)
        # Only an answer tells how many numbers a row gets. This also takes care of the first run, the slowest.
        shape = self._first_answer(Tensor.of("float32", (1, width), [float("nan")] * width)).shape
        self.outputs = (Description("predictions", "float32", (OPEN, *shape[1:])),)

    def _first_answer(self, row: Tensor) -> Tensor:
        self._predict = self._in_place
        try:
            return self._in_place(_interface(row))
        except Failed:
            # Only linear models need the rows copied.
            self._predict = self._copied
            return self._copied(_interface(row))

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        return [self._predict(_interface(given[0]))]

    def _in_place(self, rows: bytes) -> Tensor:
        return self._predicted("BoosterPredictFromDense", rows, self._how, self._rows)

    def _copied(self, rows: bytes) -> Tensor:
        copy = c_void_p()
        self._library.call("DMatrixCreateFromDense", rows, b'{"missing":NaN,"nthread":1}', byref(copy))
        try:
            return self._predicted("BoosterPredictFromDMatrix", copy, _HOW % 0)
        finally:
            self._library.call("DMatrixFree", copy)

    def _predicted(self, function: str, *arguments: object) -> Tensor:
        sizes, rank, answer = POINTER(c_uint64)(), c_uint64(), POINTER(c_float)()
        self._library.call(function, self._booster, *arguments, byref(sizes), byref(rank), byref(answer))
        shape = tuple(sizes[: rank.value])
        return Tensor("float32", shape, ctypes.string_at(answer, 4 * prod(shape)))


def _interface(rows: Tensor) -> bytes:
    """The address and shape of the rows, as in NumPy's array interface."""
    address = ctypes.cast(c_char_p(rows.memory), c_void_p).value or 0
    return b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f4","version":3}' % (address, *rows.shape)
