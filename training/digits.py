"""Labelled pictures of digits, and scikit-learn's 1,797 of them, which other people drew with other pens.

The latter are 8 x 8 pixels with 17 shades. A network trained on both kinds also reads digits that are neither.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]

HELD_OUT = 0.2
SPLIT_SEED = 42
MOST_INK = 16
# The size of a digit in MNIST's pictures, and its margin on each side, in pixels.
DRAWN, MARGIN = 20, 4
SHEET_COLUMNS = 20


class Digits(NamedTuple):
    """Grey pictures of light strokes on black, and their labels."""

    pictures: Pixels
    labels: Labels

    def chosen(self, numbers: Labels) -> "Digits":
        return Digits(self.pictures[numbers], self.labels[numbers])


def small() -> tuple[Digits, Digits]:
    """scikit-learn's digits: those to train with, and a fifth of each digit that is held out."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data = load_digits()
    pictures = np.round(data.images * 255 / MOST_INK).astype(np.uint8)
    learn, held_out, learn_labels, held_out_labels = train_test_split(
        pictures, data.target, test_size=HELD_OUT, stratify=data.target, random_state=SPLIT_SEED
    )
    return Digits(learn, learn_labels), Digits(held_out, held_out_labels)


def mixed(large: Digits, small: Digits, times: int) -> Digits:
    """All digits in the format of the large ones. The few small ones are repeated `times` times."""
    size = (DRAWN, DRAWN)
    scaled = [
        np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)) for picture in small.pictures
    ]
    framed = np.pad(np.stack(scaled), ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    pictures = np.concatenate([large.pictures, *[framed] * times])
    return Digits(pictures, np.concatenate([large.labels, *[small.labels] * times]))


def sheet(pictures: Pixels, *, background: int) -> Image.Image:
    """All pictures in one, row by row."""
    side = pictures.shape[1]
    rows = -(-len(pictures) // SHEET_COLUMNS)
    filled = np.full((rows * SHEET_COLUMNS, side, side), background, np.uint8)
    filled[: len(pictures)] = pictures
    grid = filled.reshape(rows, SHEET_COLUMNS, side, side).swapaxes(1, 2).reshape(rows * side, SHEET_COLUMNS * side)
    return Image.fromarray(grid)
