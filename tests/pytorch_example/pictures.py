"""Pictures: good ones, and those that strangers make to do harm."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from functools import cache

from PIL import Image

from exporting.chosen import PICTURES
from pytorch_example.images import FOLDER

SIDE = 8


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def given(picture: bytes, **more: object) -> dict[str, object]:
    """A request with that picture."""
    return {"data": base64.b64encode(picture).decode(), **more}


@cache
def held_out() -> list[tuple[Image.Image, int]]:
    """The digits that the network was not trained with, light on dark, and which they are."""
    digits = json.loads((FOLDER / "weights" / "digits.json").read_text())["held_out_digits"]
    sheet = Image.open(FOLDER / "train" / "held-out.png").convert("L")
    found = []
    for number, digit in enumerate(digits):
        down, across = divmod(number, sheet.width // SIDE)
        left, top = across * SIDE, down * SIDE
        found.append((sheet.crop((left, top, left + SIDE, top + SIDE)), int(digit)))
    return found


def photographs() -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(PICTURES.glob("*/*.jpg"))]


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG whose header promises what it likes."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = part(b"IHDR", head) + part(b"IDAT", zlib.compress(pixels)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
