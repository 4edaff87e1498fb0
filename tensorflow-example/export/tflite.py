"""Takes over a third-party `.tflite` file unchanged, after checking that it classifies pictures."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from app.network.facts import Facts
from app.network.litert import Network
from app.network.native import Unfit
from exporting import parity, pictures
from serving.pictures import decoding
from serving.pictures.decoding import Preprocessing

# How far our outputs of a quantised model may be from TensorFlow's: one quantisation step.
QUANTISED_TOLERANCE = 1.0 / 128


def take(source: Path, model: Path, facts: Facts) -> Facts:
    file = model / facts.file
    shutil.copyfile(source, file)
    network = Network(str(file), facts.preprocessing)
    how = _sized(network.input_shape, facts.preprocessing)
    names, categories = _labels(network.outputs, facts)
    facts = msgspec.structs.replace(
        facts,
        preprocessing=how,
        architecture=type(facts.architecture)(),
        labels=names,
        categories=categories,
    )
    network = Network(str(file), how)
    found = []
    for name, content in pictures.all_kinds():
        pixels = decoding.pixels(content, how, field=name, exact=True)
        [scores] = network.scores([pixels])
        wanted, is_quantised = _as_tensorflow_does(file, pixels, how)
        tolerance = QUANTISED_TOLERANCE if is_quantised else parity.TOLERANCE * max(1.0, max(map(abs, wanted)))
        parity.compare(name, wanted, scores, names, tolerance)
        found.append(scores)
    return msgspec.structs.replace(facts, softmax=not all(map(_may_be_probabilities, found)))


def _sized(shape: tuple[int, ...], how: Preprocessing) -> Preprocessing:
    """The preprocessing with the file's input size, keeping the proportion of the central crop."""
    if len(shape) != 3 or shape[2] != 3 or min(shape) < 1:
        raise Unfit(f"the model takes {' x '.join(map(str, shape))}, not one picture of height x width x 3")
    height, width, _ = shape
    shorter_side = round(how.shorter_side * min(width, height) / min(how.width, how.height))
    return msgspec.structs.replace(how, width=width, height=height, shorter_side=shorter_side)


def _labels(outputs: int, facts: Facts) -> tuple[list[str], list[str]]:
    count = len(facts.labels)
    if outputs not in (count, count + 1):
        raise Unfit(f"the model has {outputs} outputs and there are {count} labels; it can be as many or one more")
    return facts.labels, facts.categories


def _may_be_probabilities(scores: Sequence[float]) -> bool:
    return min(scores) >= 0 and max(scores) <= 1


def _as_tensorflow_does(file: Path, pixels: bytes, how: Preprocessing) -> tuple[list[float], bool]:
    """The outputs of TensorFlow's interpreter, dequantised with NumPy, and whether they were quantised."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(file), num_threads=1)
    interpreter.allocate_tensors()
    [given], [wanted] = interpreter.get_input_details(), interpreter.get_output_details()
    picture = np.frombuffer(pixels, np.uint8).reshape(1, how.height, how.width, 3)
    interpreter.set_tensor(given["index"], _as_input(picture, given, how))
    interpreter.invoke()
    output = interpreter.get_tensor(wanted["index"]).reshape(-1).astype(np.float64)
    scale, zero_point = wanted["quantization"]
    if not scale:
        return output.tolist(), False
    return ((output - zero_point) * scale).tolist(), True


def _as_input(picture: Any, given: Any, how: Preprocessing) -> Any:
    if given["dtype"] == np.float32:
        return (picture.astype(np.float32) - np.array(how.mean, np.float32)) / np.array(how.std, np.float32)
    if given["dtype"] == np.uint8:
        return picture
    if given["dtype"] == np.int8:
        return (picture.astype(np.int16) - 128).astype(np.int8)
    raise Unfit(f"the model takes {given['dtype'].__name__}; it can be float32, uint8 or int8")
