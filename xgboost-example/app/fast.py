"""The fast back end: XGBoost's C library without its Python package."""

from app.rows import Row
from serving.runtimes import tables
from serving.runtimes.session import OPEN
from serving.runtimes.xgboost import Session


class Forest:
    def __init__(self, file: str) -> None:
        self._session = Session(file)
        [given], [wanted] = self._session.inputs, self._session.outputs
        if wanted.shape != (OPEN,):
            raise ValueError(f"The model gives {wanted.shape[1]} numbers for each row; the answer has room for one.")
        self.width = given.shape[1]

    def predict(self, rows: list[Row]) -> list[float]:
        [answer] = self._session.run([tables.matrix("float32", rows)])
        return list(answer.numbers)
