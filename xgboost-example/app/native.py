"""The native back end: XGBoost itself, for the models the fast one does not read.

It is also what the fast one is held to by the tests.
"""

import numpy as np
import xgboost

from app.rows import Row


class Forest:
    def __init__(self, file: bytes) -> None:
        # One thread: on Lambda, threads beyond the share of a processor slow it down.
        self._booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(file))
        self.width = self._booster.num_features()

    def predict(self, rows: list[Row]) -> list[float]:
        matrix = np.array(rows, dtype=np.float32)  # None becomes NaN, which is missing
        predicted: list[float] = self._booster.inplace_predict(matrix).tolist()
        return predicted
