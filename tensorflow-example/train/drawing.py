"""Augments the digits for training, and preprocesses them as in serving.

Callers will send photographs, scans and drawings on a screen. So training sees each digit rotated, shifted, stretched,
drawn with pens of many widths, dark on light and light on dark.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage  # type: ignore[import-untyped]

from training.digits import DRAWN, Pixels

Floats = NDArray[np.float32]


def on_paper(pictures: Pixels, *, inverted: bool = False) -> Pixels:
    """The pictures dark on light, as on a scan, or if `inverted`, light on dark, as on a blackboard."""
    return pictures if inverted else 255 - pictures


def as_served(pictures: Pixels, side: int) -> Pixels:
    """The pictures scaled as in the handler."""
    scaled = [
        np.asarray(Image.fromarray(picture).convert("RGB").resize((side, side), Image.Resampling.BILINEAR))
        for picture in pictures
    ]
    return np.stack(scaled)


def drawn_again(pictures: Pixels, side: int, chance: np.random.Generator) -> Floats:
    """The digits as other people might have drawn them, as values from 0 to 255."""
    return np.stack(list(_drawn(pictures, side, chance)))


def _drawn(pictures: Pixels, side: int, chance: np.random.Generator) -> Iterator[Floats]:
    for picture in pictures:
        shade = _widened(_moved(picture.astype(np.float32) / 255, side, chance), chance)
        dark, light = _colours(chance)
        value = light + (dark - light) * shade
        value = value + chance.normal(0, chance.uniform(0, 8), value.shape)
        yield np.repeat(np.clip(value, 0, 255)[:, :, None], 3, axis=2).astype(np.float32)


def _moved(digit: Floats, side: int, chance: np.random.Generator) -> Floats:
    """The digit enlarged and, two times in three, rotated, slanted, stretched and shifted, in one interpolation."""
    given = len(digit)
    matrix, shift = np.eye(2) * (given / side), np.zeros(2)
    if chance.random() < 2 / 3:
        angle = np.deg2rad(chance.uniform(-12, 12))
        slant = chance.uniform(-0.15, 0.15)
        # The scale of the sampling grid: at 0.7 the digit fills the picture.
        size = chance.uniform(0.7, 1.3)
        stretch = np.diag(size * chance.uniform(0.9, 1.1, 2))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = turn @ np.array([[1.0, 0.0], [slant, 1.0]]) @ stretch * (given / side)
        room = max(0.5, (given * size - DRAWN) / 2)
        shift = chance.uniform(-room, room, 2)
    centre, middle = np.full(2, (side - 1) / 2), np.full(2, (given - 1) / 2) + shift
    order = 1 if chance.random() < 0.8 else 3
    moved = ndimage.affine_transform(
        digit, matrix, offset=middle - matrix @ centre, output_shape=(side, side), order=order
    )
    return np.asarray(np.clip(moved, 0, 1), dtype=np.float32)


def _widened(shade: Floats, chance: np.random.Generator) -> Floats:
    """The digit with a varied pen: half unchanged, the others paler or darker, or with another width and edge."""
    kind = chance.random()
    if kind < 1 / 2:
        return shade
    if kind < 3 / 4:
        return np.asarray(shade ** chance.uniform(0.6, 1.6), dtype=np.float32)
    threshold, hardness = chance.uniform(0.15, 0.5), chance.uniform(6, 30)
    edged = 1 / (1 + np.exp(-hardness * (shade - threshold)))
    lowest, highest = 1 / (1 + np.exp(hardness * threshold)), 1 / (1 + np.exp(-hardness * (1 - threshold)))
    return np.asarray((edged - lowest) / (highest - lowest), dtype=np.float32)


def _colours(chance: np.random.Generator) -> tuple[float, float]:
    """The colours of ink and paper, with enough contrast. Either may be the lighter one."""
    dark, light = chance.uniform(0, 70), chance.uniform(170, 255)
    if chance.random() < 0.3:
        dark, light = 0.0, 255.0
    return (light, dark) if chance.random() < 0.5 else (dark, light)
