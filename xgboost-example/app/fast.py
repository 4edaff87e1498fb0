"""The fast back end: XGBoost's C library without its Python package."""

from array import array
from itertools import chain
from typing import Any

from app.rows import Row
from serving.runtimes.session import OPEN, Tensor
from serving.runtimes.xgboost import Session

_MISSING = float("nan")


class Forest:
    def __init__(self, file: str) -> None:
        self._session = Session(file)
        [given], [wanted] = self._session.inputs, self._session.outputs
        if wanted.shape != (OPEN,):
            raise ValueError(f"The model gives {wanted.shape[1]} numbers for each row; the answer has room for one.")
        self.width = given.shape[1]

    def predict(self, rows: list[Row]) -> list[float]:
        [answer] = self._session.run([Tensor("float32", (len(rows), self.width), _memory(rows))])
        return list(answer.numbers)


def _memory(rows: list[Row]) -> bytes:
    values: Any = chain.from_iterable(rows)
    try:
        return array("f", values).tobytes()
    except TypeError:  # Some value is None. Checking every value takes three times as long.
        return array("f", [_MISSING if value is None else value for row in rows for value in row]).tobytes()
