"""What a file itself says of its model's pictures and classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

Three = tuple[float, float, float]


class Said(NamedTuple):
    """Pictures are prepared as (value - mean) / std of values from 0 to 255, if the file says so; and the classes."""

    mean: Three | None = None
    std: Three | None = None
    labels: list[str] = []  # noqa: RUF012 - nobody changes it
    # Metadata that cannot be used.
    unheard: str = ""


def normalised(mean: float, std: float, labels: list[str] | None = None) -> Said:
    return Said((mean,) * 3, (std,) * 3, labels or [])


# ONNX's names for them: docs/MetadataProps.md of its repository.
_RANGES = {
    "nominalrange_0_255": normalised(0, 1),
    "normalized_0_1": normalised(0, 255),
    "normalized_1_1": normalised(127.5, 127.5),
}


def of_onnx(props: Mapping[str, str]) -> Said:
    """From ONNX's own keys, in any case, or from those that Ultralytics writes for a classifier."""
    found = {key.lower(): value for key, value in props.items()}
    if found.get("task") == "classify" and "names" in found:
        return normalised(0, 255, _names(found["names"]))
    way = _RANGES.get(found.get("image.nominalpixelrange", "").lower(), Said())
    order = found.get("image.bitmappixelformat", "rgb8").lower()
    if way.mean and order != "rgb8":
        return Said(unheard=f"the file says that it takes pictures as {order}, and only rgb8 is taken from a file")
    return way


def _names(text: str) -> list[str]:
    """The names in a text such as {0: 'cat', 1: 'dog'}, in Python's syntax."""
    try:
        names = ast.literal_eval(text)
        return [str(names[number]) for number in range(len(names))]
    except (ValueError, SyntaxError, TypeError, KeyError, IndexError):
        return []
