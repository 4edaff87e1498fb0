"""The digits of a number that mean anything."""

from __future__ import annotations

from typing import Any

import numpy as np


def rounded(numbers: Any) -> list[Any]:
    """As lists for JSON. Digits of a 32-bit number after the seventh are noise."""
    array = np.asarray(numbers)
    flat = [float(f"{number:.7g}") for number in array.ravel().tolist()]
    found: list[Any] = np.array(flat).reshape(array.shape).tolist()
    return found
