"""Turns a Keras model or a SavedModel into LiteRT, and gets TensorFlow's results for some inputs.

    python -m tools.models.readers.keras < REQUEST    print what is made of it: both as conversion.py has them

A SavedModel is a program, and a Keras file may refer to any: this runs in a container without a network, and what it
prints is data.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

# TensorFlow and Keras read these when the first of the two is imported.
os.environ |= {"KERAS_HOME": tempfile.gettempdir(), "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import tensorflow as tf

from tools.models.conversion import Converted, Request
from tools.models.readers import calls, keras_files, keras_litert, program, saved_model
from tools.models.readers.keras_files import Model
from tools.models.reading import Picture, Port, Refused, Tensors


def convert(request: Request) -> Converted:
    # By default it would use more threads than the container allows.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        model = _prepared(_opened(request, Path(folder)), request.samples)
        made = keras_litert.converted(model)
        given, answers, picture = _asked(made, request.samples)
    reading = Tensors(
        runtime="litert",
        summary=f"{made.model.name}, {calls.told(made.inputs)} to {calls.told(made.outputs)}",
        inputs=made.inputs,
        outputs=made.outputs,
        notes=[*model.notes, *made.notes],
        picture=picture,
        calls=given,
        answers=answers,
    )
    return Converted(reading, made.content)


def _opened(request: Request, folder: Path) -> Model:
    # Large models would not fit into memory several times.
    content, request.model = request.model, b""
    if request.suffix in keras_files.SUFFIXES:
        return keras_files.opened(content, request.suffix, folder)
    return saved_model.opened(content, request.signature, folder)


def _prepared(model: Model, samples: Any) -> Model:
    """`caffe` is more than a mean and deviation for each colour, so it becomes part of the model."""
    if not isinstance(samples, dict) or samples["preprocess"] != "caffe":
        return model
    samples["preprocess"] = "0..255"
    prepare = keras.applications.imagenet_utils.preprocess_input

    def run(tensors: list[Any]) -> list[Any]:
        return model.run([prepare(tensors[0], data_format="channels_last", mode="caffe")])

    return model._replace(run=run, source=None)


def _asked(made: keras_litert.Made, samples: Any) -> tuple[list[Any], list[Any], Picture | None]:
    ask = made.ask
    try:
        return calls.asked(made.inputs, made.outputs, samples, ask)
    except Refused:
        if samples:
            raise
        # An embedding takes indices, whose type Keras calls float32.
        whole = [Port(port.name, "int32", port.sizes) for port in made.inputs]
        return calls.asked(whole, made.outputs, samples, ask)


if __name__ == "__main__":
    program.converts(convert)
