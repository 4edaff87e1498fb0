"""The native back end: TensorFlow itself. Training, the export and its parity check use it too."""

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from app.network.classes import CLASSES, SIDE
from serving.runtimes.threads import threads

# Weights of red, green and blue in perceived brightness (ITU-R BT.601).
GREY = (0.299, 0.587, 0.114)
FILTERS = (12, 24, 48, 64)


def network() -> Any:
    """The untrained Keras model: pixels from 0 to 255 in, a score for each class out."""
    given = keras.Input((SIDE, SIDE, 3))
    # Grey values from -1 to 1.
    values = keras.ops.sum(given * np.array(GREY, np.float32) / 127.5, axis=-1, keepdims=True) - 1
    for filters in FILTERS:
        values = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(values)
        values = keras.layers.BatchNormalization(momentum=0.95)(values)
        values = keras.layers.MaxPooling2D()(keras.layers.ReLU()(values))
    values = keras.layers.Dropout(0.3)(keras.layers.Flatten()(values))
    return keras.Model(given, keras.layers.Dense(len(CLASSES))(values))


def loaded(weights: str) -> Any:
    model = network()
    model.load_weights(weights)
    return model


class Network:
    """Pixels as bytes in, scores out, as in the fast back end."""

    def __init__(self, weights: str) -> None:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads())
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self._model = loaded(weights)

    def scores(self, pixels: bytes) -> list[float]:
        picture = np.frombuffer(pixels, np.uint8).reshape(1, SIDE, SIDE, 3).astype(np.float32)
        found: list[float] = np.asarray(self._model(picture, training=False))[0].tolist()
        return found
