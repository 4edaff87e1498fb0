"""Classifies pictures, prepared by Pillow and NumPy, independently of serving."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from tools.models.readers import quantised
from tools.models.readers.metadata import Said, Three
from tools.models.reading import Picture, Port, Quantised, Refused

Array = np.ndarray[Any, Any]

_PIXELS = "0..255"
# How networks are trained: mean and std of values from 0 to 255, and the shorter side for a size of 224.
_WAYS: dict[str, tuple[Three, Three, int]] = {
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), 256),
    "-1..1": ((127.5,) * 3, (127.5,) * 3, 224),
    "0..1": ((0.0,) * 3, (255.0,) * 3, 224),
    _PIXELS: ((0.0,) * 3, (1.0,) * 3, 224),
}
# The step of LiteRT's quantised softmax, whose rounded values need not add up to one.
_SHARE = 1 / 256
# No normalisation has a wider range.
_WIDEST = 25


def asked(
    inputs: list[Port],
    outputs: list[Port],
    way: str | Said,
    files: dict[str, str],
    ask: Callable[[list[Array]], list[Array]],
) -> tuple[list[Any], list[Any], Picture]:
    """The calls, scores and preparation; `files` maps each picture's path to its content as base64."""
    picture = _picture(inputs, outputs, way)
    answers = [
        ask([_pixels(base64.b64decode(content), picture, inputs[0])])[0].ravel().tolist() for content in files.values()
    ]
    if kept := outputs[0].quantised:
        picture.needs_softmax = kept.scale != _SHARE
    else:
        picture.needs_softmax = any(min(scores) < 0 or abs(sum(scores) - 1) > 0.01 for scores in answers)
    return [[file] for file in files], answers, picture


def are_taken(inputs: list[Port], outputs: list[Port]) -> bool:
    """Whether the inputs and outputs are those of a picture classifier."""
    if (len(inputs), len(outputs), len(inputs[0].sizes)) != (1, 1, 4) or outputs[0].element != "float32":
        return False
    _, second, _, last = inputs[0].sizes
    # Bytes without quantisation are pixels.
    return (last == 3 and inputs[0].element in ("float32", "uint8")) or (second == 3 and inputs[0].element == "float32")


def _way(way: str | Said) -> tuple[Three, Three, int]:
    if isinstance(way, Said):
        assert way.mean
        assert way.std
        return way.mean, way.std, 224
    if way not in _WAYS:
        raise Refused(f"--preprocess {way} is unknown", "", f"give one of {', '.join(_WAYS)}, none")
    return _WAYS[way]


def _picture(inputs: list[Port], outputs: list[Port], way: str | Said) -> Picture:
    mean, std, shorter = _way(way)
    sizes = inputs[0].sizes
    if not are_taken(inputs, outputs):
        raise Refused(
            "the model is no classifier of pictures that --preprocess is for",
            "such takes float32, batch x 3 x height x width or the 3 last, or uint8, and gives a score for each class",
            "leave --preprocess out: then it takes and gives its numbers",
        )
    is_planar = sizes[3] != 3
    height, width = sizes[2:] if is_planar else sizes[1:3]
    if not isinstance(height, int) or not isinstance(width, int):
        raise Refused(
            "the model does not say how large its pictures are", "", "export it with a fixed height and width"
        )
    if inputs[0].element == "uint8" and (mean, std) != _WAYS[_PIXELS][:2]:
        raise Refused("the model takes pixels as they are", "its input is uint8", f"give --preprocess {_PIXELS}")
    side = round(min(height, width) * shorter / 224)
    return Picture(width, height, side, mean, std, is_planar=is_planar)


def _pixels(content: bytes, how: Picture, port: Port) -> Array:
    with Image.open(io.BytesIO(content)) as opened:
        image = _cut(opened.convert("RGB"), how)
    if port.element == "uint8":
        return np.asarray(image)[None]
    pixels, kept = np.asarray(image, dtype=np.float32), port.quantised
    values = (pixels - np.array(how.mean)) / np.array(how.std)
    if kept and _are_pixels(kept, how):
        # The quantised numbers are the pixels.
        values = quantised.real(pixels + np.iinfo(kept.element).min, kept)
    return np.ascontiguousarray(values.transpose(2, 0, 1) if how.is_planar else values, dtype=np.float32)[None]


def _are_pixels(kept: Quantised, how: Picture) -> bool:
    """Whether quantised numbers equal the pixels, give or take one, or have too wide a range for normalised values."""
    if kept.scale * 255 > _WIDEST:
        return True
    every = np.arange(256)[:, None]
    nearest = np.floor((every - np.array(how.mean)) / np.array(how.std) / kept.scale + 0.5) + kept.zero_point
    return bool((np.abs(nearest - np.iinfo(kept.element).min - every) <= 1).all())


def _cut(image: Image.Image, how: Picture) -> Image.Image:
    """As torchvision does it: resize the shorter side, then cut out the centre. Keras cuts first, then resizes."""
    width, height = image.size
    if how.shorter_side > min(how.width, how.height):
        scale = how.shorter_side / min(width, height)
        image = image.resize((int(width * scale), int(height * scale)), Image.Resampling.BILINEAR)
        left, top = round((image.width - how.width) / 2), round((image.height - how.height) / 2)
        return image.crop((left, top, left + how.width, top + how.height))
    wide = min(height * how.width // how.height, width)
    high = min(width * how.height // how.width, height)
    left, top = (width - wide) // 2, (height - high) // 2
    box = (left, top, left + wide, top + high)
    return image.resize((how.width, how.height), Image.Resampling.BILINEAR, box=box)
