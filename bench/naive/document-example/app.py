"""The obvious way: Keras loads the weights, Pillow reads the picture, imagehash makes its hash, Keras predicts."""

import base64
import io
import time
from typing import Any

import imagehash
import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

# One virtual processor, one thread.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

CLASSES = ("selfie", "document", "invalid")

started = time.perf_counter()
given = keras.Input((64, 64, 1))
values = given
for filters in (12, 24, 48, 64):
    values = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(values)
    values = keras.layers.BatchNormalization()(values)
    values = keras.layers.MaxPooling2D()(keras.layers.ReLU()(values))
values = keras.layers.Dropout(0.3)(keras.layers.Flatten()(values))
model = keras.Model(given, keras.layers.Dense(len(CLASSES))(values))
model.load_weights("model/document.weights.h5")
load_seconds = time.perf_counter() - started


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    picture = Image.open(io.BytesIO(base64.b64decode(event["input_photo"])))
    photo_hash = str(imagehash.average_hash(picture))
    grey = ImageOps.fit(picture.convert("L"), (64, 64), Image.Resampling.BILINEAR)
    batch = np.asarray(grey, dtype=np.float32)[np.newaxis, :, :, np.newaxis] / 127.5 - 1
    probabilities = keras.ops.softmax(model.predict(batch, verbose=0)[0]).numpy()
    return {
        "leadId": event["leadId"],
        "photoHash": photo_hash,
        "prediction": {
            "probabilities": {
                f"{name}_probability": float(value) for name, value in zip(CLASSES, probabilities, strict=True)
            },
            "class_predicted": CLASSES[int(probabilities.argmax())],
        },
    }
