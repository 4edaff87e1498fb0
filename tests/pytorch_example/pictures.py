"""Pictures: good ones, and those that strangers make to do harm."""

from __future__ import annotations

import base64
import json
from functools import cache

from PIL import Image

from exporting.chosen import PICTURES
from pipeline_runs import ROOT

SIDE = 8


def given(picture: bytes, **more: object) -> dict[str, object]:
    """A request with that picture."""
    return {"data": base64.b64encode(picture).decode(), **more}


@cache
def held_out() -> list[tuple[Image.Image, int]]:
    """The small digits that the network was not trained with, light on dark, and which they are."""
    digits = json.loads((ROOT / "pytorch-example" / "weights" / "digits.json").read_text())["small_held_out_digits"]
    sheet = Image.open(ROOT / "pytorch-example" / "train" / "held-out.png").convert("L")
    found = []
    for number, digit in enumerate(digits):
        down, across = divmod(number, sheet.width // SIDE)
        left, top = across * SIDE, down * SIDE
        found.append((sheet.crop((left, top, left + SIDE, top + SIDE)), int(digit)))
    return found


def photographs() -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(PICTURES.glob("*/*.jpg"))]
