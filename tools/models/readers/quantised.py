"""Converts between real and quantised numbers with NumPy, independently of serving."""

from __future__ import annotations

from math import floor, log10
from typing import Any

import numpy as np

from tools.models.reading import Quantised

Array = np.ndarray[Any, Any]


def whole(real: Array, how: Quantised) -> Array:
    """Rounds to the nearest, halves away from zero."""
    steps = (real.astype(np.float32) / np.float32(how.scale)).astype(np.float64)
    nearest = np.trunc(steps + np.copysign(0.5, steps)) + how.zero_point
    limits = np.iinfo(how.element)
    within: Array = np.clip(nearest, limits.min, limits.max)
    return within.astype(how.element)


def real(found: Array, how: Quantised) -> Array:
    return ((found.astype(np.float64) - how.zero_point) * how.scale).astype(np.float32)


def made(chance: np.random.Generator, how: Quantised, shape: list[int]) -> Array:
    """Random numbers over the whole range, with no more digits than make a difference."""
    limits = np.iinfo(how.element)
    least, most = real(np.array([limits.min, limits.max]), how).tolist()
    digits = max(0, 1 - floor(log10(how.scale)))
    return chance.uniform(least, most, shape).round(digits).astype(np.float32)
