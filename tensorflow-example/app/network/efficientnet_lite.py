"""EfficientNet-Lite: EfficientNet (Tan and Le, 2019) as its authors adapted it to phones.

It has no squeeze-and-excitation, ReLU6 instead of swish, and a stem and a head that are not scaled with the rest.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

Stages = Sequence[Sequence[int]]

# The stages of Lite0, which the other variants scale: kernel, stride, expansion, channels, repetitions.
STAGES: Stages = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STEM, HEAD = 32, 1280


def network(
    shape: tuple[int, int, int], classes: int, *, stages: Stages = STAGES, stem: int = STEM, head: int = HEAD
) -> Any:
    """The Keras model: normalised pixels in, probabilities out. The defaults make Lite0."""
    given = keras.Input(shape)
    values = _normalised(_convolution(given, "conv_stem", stem, 3, 2), "bn0")
    number, channels = 0, stem
    for kernel, stride, expansion, wanted, repetitions in stages:
        for repetition in range(repetitions):
            step = stride if repetition == 0 else 1
            made = _block(values, f"blocks.{number}.", kernel, step, channels * expansion, wanted)
            values = layers.Add()([made, values]) if step == 1 and channels == wanted else made
            number, channels = number + 1, wanted
    values = _normalised(_convolution(values, "conv_head", head, 1), "bn1")
    values = layers.GlobalAveragePooling2D()(values)
    return keras.Model(given, layers.Dense(classes, activation="softmax", name="fc")(values))


def _block(values: Any, name: str, kernel: int, stride: int, wide: int, wanted: int) -> Any:
    """An inverted residual block without its shortcut: expansion, depthwise convolution, projection."""
    if values.shape[-1] != wide:
        values = _normalised(_convolution(values, f"{name}expand_conv", wide, 1), f"{name}bn0")
    values = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}depthwise_conv")(
        values
    )
    values = _normalised(values, f"{name}bn1")
    return _normalised(_convolution(values, f"{name}project_conv", wanted, 1), f"{name}bn2", relu=False)


def _convolution(values: Any, name: str, channels: int, kernel: int, stride: int = 1) -> Any:
    return layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False, name=name)(values)


def _normalised(values: Any, name: str, *, relu: bool = True) -> Any:
    values = layers.BatchNormalization(epsilon=1e-3, name=name)(values)
    return layers.ReLU(6.0)(values) if relu else values


def load(model: Any, state: Mapping[str, Any]) -> None:
    """Load the weights of a PyTorch checkpoint. Its names equal those here but for an underscore before each word."""
    left = {name for name in state if not name.endswith(".num_batches_tracked")}
    for layer in model.layers:
        if layer.weights:
            name = ".".join(part if part.isdigit() else f"_{part}" for part in layer.name.split("."))
            parts = {part: state[f"{name}.{part}"] for part in _parts(layer)}
            layer.set_weights([_turned(layer, value) for value in parts.values()])
            left -= {f"{name}.{part}" for part in parts}
    if left:
        raise ValueError(f"it has, unknown to the architecture, {', '.join(sorted(left)[:3])}")


def _parts(layer: Any) -> tuple[str, ...]:
    """PyTorch's names for the layer's weights, in Keras's order."""
    if isinstance(layer, layers.BatchNormalization):
        return ("weight", "bias", "running_mean", "running_var")
    return ("weight", "bias") if isinstance(layer, layers.Dense) else ("weight",)


def _turned(layer: Any, value: Any) -> Any:
    """The weights in Keras's order of axes: PyTorch's is outputs, inputs, space; Keras's is the reverse."""
    if value.ndim < 2:
        return value
    if isinstance(layer, layers.DepthwiseConv2D):
        return np.transpose(value, (2, 3, 0, 1))
    return np.transpose(value, (2, 3, 1, 0) if value.ndim == 4 else (1, 0))
