"""The obvious way: XGBoost loads the model, a DMatrix takes the request."""

import time
from typing import Any

import numpy as np
import xgboost as xgb

started = time.perf_counter()
model = xgb.Booster({"nthread": 1})
model.load_model("/var/task/model/model.ubj")
load_seconds = time.perf_counter() - started


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    row = np.array([event["input_X"]], dtype=np.float32)
    prediction = model.predict(xgb.DMatrix(row))
    return {"message": "Succesful Prediction", "prediction": float(prediction[0])}
