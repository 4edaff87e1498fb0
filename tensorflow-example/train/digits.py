"""The handwritten digits: who is held out, and what is drawn from the others to learn from.

scikit-learn's 1,797 digits are 8 x 8 pixels with 17 shades of ink. Everything that calls the model
later sends something else: a photograph, a scan, a drawing on a screen. So training sees each digit
turned, moved, stretched, drawn with pens of many widths, dark on light and light on dark.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage  # type: ignore[import-untyped]
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Labels = NDArray[np.int64]

HELD_OUT = 0.2
SPLIT_SEED = 42
MOST_INK = 16
SIDE = 8


def split() -> tuple[Floats, Labels, Floats, Labels]:
    """Ink from 0 to 1 and labels: of the training part, then of the held-out part, alike in their digits."""
    data = load_digits()
    ink = (data.images / MOST_INK).astype(np.float32)
    learn, held, learn_labels, held_labels = train_test_split(
        ink, data.target, test_size=HELD_OUT, random_state=SPLIT_SEED, stratify=data.target
    )
    return learn, learn_labels, held, held_labels


def on_paper(ink: Floats, *, inverted: bool = False) -> Bytes:
    """As a scan would show it, dark on light; inverted, as a blackboard would."""
    light = ink if inverted else 1 - ink
    return np.asarray(np.rint(light * 255), dtype=np.uint8)


def as_served(pictures: Bytes, side: int) -> Bytes:
    """Scaled as the handler scales what is sent to it."""
    scaled = [
        np.asarray(Image.fromarray(picture).convert("RGB").resize((side, side), Image.Resampling.BILINEAR))
        for picture in pictures
    ]
    return np.stack(scaled)


def drawn_again(ink: Floats, side: int, chance: np.random.Generator) -> Iterator[Floats]:
    """Every digit as somebody else might have drawn it, as values from 0 to 255."""
    for digit in ink:
        shade = _widened(_moved(digit, side, chance), chance)
        dark, light = _colours(chance)
        value = light + (dark - light) * shade
        value = value + chance.normal(0, chance.uniform(0, 8), value.shape)
        yield np.repeat(np.clip(value, 0, 255)[:, :, None], 3, axis=2).astype(np.float32)


def _moved(digit: Floats, side: int, chance: np.random.Generator) -> Floats:
    """Enlarged, turned, slanted, stretched and shifted, in one interpolation."""
    angle = np.deg2rad(chance.uniform(-12, 12))
    slant = chance.uniform(-0.15, 0.15)
    stretch = np.diag(chance.uniform(0.8, 1.25, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1.0, 0.0], [slant, 1.0]]) @ stretch * (SIDE / side)
    centre = np.full(2, (side - 1) / 2)
    middle = np.full(2, (SIDE - 1) / 2) + chance.uniform(-0.8, 0.8, 2)
    order = 1 if chance.random() < 0.6 else 3
    moved = ndimage.affine_transform(
        digit, matrix, offset=middle - matrix @ centre, output_shape=(side, side), order=order
    )
    return np.asarray(np.clip(moved, 0, 1), dtype=np.float32)


def _widened(shade: Floats, chance: np.random.Generator) -> Floats:
    """A thinner or thicker pen, and a harder or softer edge; sometimes as it is."""
    if chance.random() < 0.35:
        return shade
    threshold, hardness = chance.uniform(0.2, 0.55), chance.uniform(6, 30)
    edged = 1 / (1 + np.exp(-hardness * (shade - threshold)))
    lowest, highest = 1 / (1 + np.exp(hardness * threshold)), 1 / (1 + np.exp(-hardness * (1 - threshold)))
    return np.asarray((edged - lowest) / (highest - lowest), dtype=np.float32)


def _colours(chance: np.random.Generator) -> tuple[float, float]:
    """Of ink and of what it is on, well apart; either may be the lighter one."""
    dark, light = chance.uniform(0, 70), chance.uniform(170, 255)
    if chance.random() < 0.3:
        dark, light = 0.0, 255.0
    return (light, dark) if chance.random() < 0.5 else (dark, light)
