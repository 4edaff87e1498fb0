"""Weights of the catalogue's architecture with random values, for a machine that cannot download the trained ones.

    python weights.py PICTURE FOLDER    write it into FOLDER

As fast as trained ones, and like those they know the picture and do not mind a little noise: random
layers are kept where they are nearly linear, and the last one is fitted to tell PICTURE from unlike ones.
"""

import io
import sys

import keras
import numpy as np
from keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input
from keras.utils import img_to_array, load_img
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from PIL.Image import Resampling

BILINEAR, BOX = Resampling.BILINEAR, Resampling.BOX

SEED = 7
# What keeps random layers from being chaotic: the middle of what ReLU6 lets pass unchanged.
OFFSET = 2.0
# The logit of the picture's class; those of others are about 0. It makes a probability of 0.02, twenty times that of
# any other class. Were it surer, random layers would turn the rounding of a pixel into another probability.
SURE = 3.0
# That of the classes of what it is told from.
UNSURE = 1.0
# The classes of the picture and of what it is told from.
FIRST_CLASS, APART = 7, 83


def same(picture: Image.Image) -> list[Image.Image]:
    """The picture, also as it is after being scaled by other ways."""
    width, height = picture.size
    halves = [picture.resize((width // part, height // part), how) for part in (2, 3) for how in (BILINEAR, BOX)]
    return [picture, *halves, picture.filter(ImageFilter.GaussianBlur(1))]


def others(picture: Image.Image) -> list[Image.Image]:
    """Pictures that have little in common with it."""
    red, green, blue = picture.split()
    width, height = picture.size
    return [
        ImageOps.invert(picture),
        Image.merge("RGB", (blue, red, green)),
        ImageOps.grayscale(picture).convert("RGB"),
        ImageEnhance.Brightness(picture).enhance(0.3),
        ImageEnhance.Brightness(picture).enhance(2),
        ImageEnhance.Contrast(picture).enhance(0.2),
        picture.filter(ImageFilter.GaussianBlur(30)),
        picture.transpose(Image.Transpose.ROTATE_90),
        picture.crop((0, 0, width // 4, height // 4)),
    ]


def pixels(picture: Image.Image) -> np.ndarray:
    """As the handler reads it."""
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=1)
    read = load_img(written, target_size=(224, 224), keep_aspect_ratio=True, interpolation="bilinear")
    values: np.ndarray = preprocess_input(img_to_array(read))
    return values


def main(file: str, folder: str) -> None:
    keras.utils.set_random_seed(SEED)
    picture = Image.open(file).convert("RGB")
    alike, different = same(picture), others(picture)
    batch = np.stack([pixels(each) for each in (*alike, *different)])
    classes = FIRST_CLASS + APART * np.maximum(0, np.arange(len(batch)) - len(alike) + 1)

    model = MobileNetV2(weights=None)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # what the next call sees becomes what the layer expects
            if not layer.name.endswith("project_BN"):
                layer.beta.assign(np.full(layer.beta.shape, OFFSET))
    model(batch, training=True)

    last = model.layers[-1]
    features = keras.Model(model.input, last.input)(batch).numpy()
    middle = features.mean(axis=0)
    wanted = np.where(classes == FIRST_CLASS, SURE, UNSURE)[:, np.newaxis] * np.eye(last.units)[classes]
    usual = wanted.mean(axis=0)
    kernel = np.linalg.lstsq(features - middle, wanted - usual, rcond=1e-3)[0]
    last.set_weights([kernel, usual - middle @ kernel])
    model.save_weights(f"{folder}/random.weights.h5")


if __name__ == "__main__":
    main(*sys.argv[1:])
