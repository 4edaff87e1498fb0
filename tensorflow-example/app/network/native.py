"""The native back end: TensorFlow itself. The export and its parity check use it too."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from app.network import efficientnet_lite, torch_file
from app.network.facts import Architecture
from app.network.values import Scores
from serving.pictures.decoding import Preprocessing
from serving.runtimes.threads import threads

# For each architecture, its class in keras.applications and the name of its width parameter, if it has one.
_ARCHITECTURES: dict[str, tuple[str, str]] = {
    "mobilenet_v2": ("MobileNetV2", "alpha"),
    "inception_v3": ("InceptionV3", ""),
}

# Our own implementation, in efficientnet_lite.py.
_OWN = "efficientnet_lite"

_LONGEST = 400


class Unfit(ValueError):
    """The weights do not fit the network they are declared for."""


def network(weights: Path, architecture: Architecture, how: Preprocessing, classes: int) -> Any:
    """The Keras model: normalised pixels in, probabilities out."""
    if weights.suffix == ".keras":
        return _whole(weights, how, classes)
    model = _built(architecture, (how.height, how.width, 3), classes)
    try:
        _load(model, weights)
    except Exception as error:  # Keras and HDF5 document no exceptions
        has_width = _ARCHITECTURES.get(architecture.name, ("", ""))[1]
        wanted = f"{architecture.name} of width {architecture.width:g}" if has_width else architecture.name
        raise Unfit(f"the weights do not fit {wanted} with {classes} classes: {_in_a_line(error)}") from None
    return model


def _built(architecture: Architecture, shape: tuple[int, int, int], classes: int) -> Any:
    if architecture.name == _OWN:
        stages = architecture.stages or efficientnet_lite.STAGES
        return efficientnet_lite.network(shape, classes, stages=stages, stem=architecture.stem, head=architecture.head)
    if architecture.name not in _ARCHITECTURES:
        known = ", ".join([*_ARCHITECTURES, _OWN])
        raise Unfit(f"the architecture {architecture.name!r} is unknown: it can be {known}")
    name, width = _ARCHITECTURES[architecture.name]
    chosen = {width: architecture.width} if width else {}
    return getattr(keras.applications, name)(input_shape=shape, weights=None, classes=classes, **chosen)


def _whole(file: Path, how: Preprocessing, classes: int) -> Any:
    """The model of a `.keras` file, which holds both network and weights. Files that contain code are refused."""
    try:
        model = keras.models.load_model(file, compile=False, safe_mode=True)
    except Exception as error:
        raise Unfit(f"Keras cannot load the model: {_in_a_line(error)}") from None
    given, wanted = (None, how.height, how.width, 3), (None, classes)
    if model.input_shape != given or model.output_shape != wanted:
        raise Unfit(
            f"the model takes {model.input_shape} and gives {model.output_shape}, not {given} and {wanted}: "
            "the number of labels, or width and height"
        )
    return model


def _load(model: Any, weights: Path) -> None:
    """Load the weights. The format is told by the content: Keras would go by the file's name, which may be any."""
    if weights.suffix == ".pth":
        efficientnet_lite.load(model, torch_file.read(weights))
        return
    import h5py

    with h5py.File(weights) as file:
        is_old = "layer_names" in file.attrs or "model_weights" in file
    if is_old:
        model.load_weights(weights)
        return
    from keras.src.saving import saving_lib

    saving_lib.load_weights_only(model, weights)


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


class Network:
    """A Keras model: pixels as bytes in, scores out, as in the fast back end."""

    def __init__(self, file: Path, architecture: Architecture, how: Preprocessing, classes: int) -> None:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads())
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self._model = network(file, architecture, how, classes)
        self._how = how

    def scores(self, pictures: Sequence[bytes]) -> list[Scores]:
        how = self._how
        values = np.stack([np.frombuffer(picture, np.uint8) for picture in pictures]).astype(np.float32)
        given = (values.reshape(-1, how.height, how.width, 3) - np.array(how.mean, np.float32)) / np.array(
            how.std, np.float32
        )
        found: list[Scores] = np.asarray(self._model(given, training=False)).tolist()
        return found
