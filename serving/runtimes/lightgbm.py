"""LightGBM's C library: boosted trees with any objective, from the `.txt` file that save_model() writes.

Its Python package would import NumPy and SciPy. The functions are declared in include/LightGBM/c_api.h.
"""

from collections.abc import Sequence
from ctypes import byref, c_char_p, c_double, c_int, c_int64, c_void_p

from serving.runtimes import libraries, session
from serving.runtimes.session import OPEN, Description, Failed, Tensor
from serving.runtimes.threads import threads

_FLOAT64, _BY_ROWS, _NORMAL, _FIRST, _ALL = 1, 1, 0, 0, -1


class Library:
    """The loaded library, with its error codes turned into exceptions."""

    def __init__(self) -> None:
        self._library = libraries.opened("lightgbm", "lib", "lib_lightgbm.so")
        self._library.LGBM_GetLastError.restype = c_char_p
        # By default it starts one for each processor of the machine.
        self.call("SetMaxThreads", threads())

    def call(self, name: str, *arguments: object) -> None:
        if getattr(self._library, f"LGBM_{name}")(*arguments):
            raise Failed(f"LightGBM: {self._library.LGBM_GetLastError().decode(errors='replace')}")

    def booster(self, file: str) -> c_void_p:
        iterations, made = c_int(), c_void_p()
        self.call("BoosterCreateFromModelfile", file.encode(), byref(iterations), byref(made))
        return made

    def count(self, name: str, booster: c_void_p) -> int:
        found = c_int()
        self.call(name, booster, byref(found))
        return found.value


class Session(session.Session):
    """A model that takes rows of 64-bit numbers, as its thresholds are; NaN is a missing value."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._library = library = Library()
        # Never released: it lives as long as the process.
        self._booster = library.booster(file)
        self._width, self._each = (
            library.count(name, self._booster) for name in ("BoosterGetNumFeature", "BoosterGetNumClasses")
        )
        self.inputs = (Description("rows", "float64", (OPEN, self._width)),)
        self.outputs = (Description("predictions", "float64", self._shape(OPEN)),)

    def _shape(self, rows: int) -> tuple[int, ...]:
        return (rows,) if self._each == 1 else (rows, self._each)

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        count = given[0].shape[0]
        answer, length = (c_double * (count * self._each))(), c_int64()
        self._library.call(
            "BoosterPredictForMat",
            *(self._booster, c_char_p(given[0].memory), c_int(_FLOAT64), c_int(count), c_int(self._width)),
            *(c_int(_BY_ROWS), c_int(_NORMAL), c_int(_FIRST), c_int(_ALL), b"", byref(length), answer),
        )
        return [Tensor("float64", self._shape(count), bytes(answer))]
