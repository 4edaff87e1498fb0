# mypy: allow-subclassing-any, allow-untyped-decorators
"""The obvious server: FastAPI validates the request, Pillow decodes the picture, LiteRT's interpreter predicts."""

import base64
import io
from pathlib import Path
from threading import Lock

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from fastapi import FastAPI
from PIL import Image
from pydantic import BaseModel, Field

SIDE = 32
labels = Path("model/labels.txt").read_text().split()
# Processes share the processors, so each computes in one thread.
interpreter = Interpreter("model/model.tflite", num_threads=1)
interpreter.allocate_tensors()
[given], [wanted] = interpreter.get_input_details(), interpreter.get_output_details()
# FastAPI calls plain functions in several threads, but there is only one interpreter.
free = Lock()
app = FastAPI()


class Query(BaseModel):
    data: str
    n_predictions: int = Field(5, ge=1, le=len(labels))


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/predict")
def predict(query: Query) -> list[tuple[str, float]]:
    picture = Image.open(io.BytesIO(base64.b64decode(query.data))).convert("RGB")
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=given["dtype"])
    with free:
        interpreter.set_tensor(given["index"], pixels[np.newaxis])
        interpreter.invoke()
        scores = interpreter.get_tensor(wanted["index"])[0]
    best = scores.argsort()[::-1][: query.n_predictions]
    return [(labels[index], round(100 * float(scores[index]), 2)) for index in best]
