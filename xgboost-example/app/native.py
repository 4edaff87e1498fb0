"""The native back end: XGBoost's Python package. The tests compare the fast back end with it."""

import numpy as np
import xgboost

from app.rows import Row
from serving.runtimes.threads import threads


class Forest:
    def __init__(self, file: str) -> None:
        self._booster = xgboost.Booster({"nthread": threads()}, model_file=file)
        self.width = self._booster.num_features()

    def predict(self, rows: list[Row]) -> list[float]:
        matrix = np.array(rows, dtype=np.float32)  # None becomes NaN, which is missing
        predicted: list[float] = self._booster.inplace_predict(matrix).tolist()
        return predicted
