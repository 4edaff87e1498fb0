"""The obvious way: Keras loads the weights, reads the picture and predicts."""

import base64
import io
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input
from keras.utils import img_to_array, load_img

# One virtual processor, one thread.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

started = time.perf_counter()
labels = [re.sub(r"^n\d{8} ", "", line) for line in Path("model/labels.txt").read_text().splitlines()]
model = MobileNetV2(weights=None)
model.load_weights(next(Path("model").glob("*.h5")))
load_seconds = time.perf_counter() - started


def handler(event: dict[str, Any], _context: object) -> list[list[Any]]:
    picture = load_img(
        io.BytesIO(base64.b64decode(event["data"])),
        target_size=(224, 224),
        interpolation="bilinear",
        keep_aspect_ratio=True,
    )
    batch = preprocess_input(img_to_array(picture)[np.newaxis])
    scores = model.predict(batch, verbose=0)[0]
    best = scores.argsort()[::-1][:5]
    return [[labels[index], round(100 * float(scores[index]), 2)] for index in best]
