"""What a WebP is reckoned to cost, by all that it may hold."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from hostile_pictures import saved
from serving.pictures import decoding

GLASS = Image.new("RGBA", (8, 8), (9, 99, 199, 99))
SIZE = b"\7\0\0\7\0\0"


def piece(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def extended(flags: int, *pieces: bytes) -> bytes:
    whole = b"WEBP" + piece(b"VP8X", bytes([flags, 0, 0, 0]) + SIZE) + b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


LOSSY, LOSSLESS = saved(GLASS, "WEBP")[30:], saved(GLASS, "WEBP", lossless=True)[12:]
OPAQUE = saved(GLASS.convert("RGB"), "WEBP")[12:]
BEHIND = piece(b"ANIM", bytes(6))
FRAME = piece(b"ANMF", bytes(6) + SIZE + bytes(4) + LOSSY)
# Decoders look for it everywhere.
FORMS = {
    "glass, and no word of it": (extended(0, LOSSY), (20, 33, 65)),
    "glass without loss, and no word of it": (extended(0, LOSSLESS), (24, 29, 16)),
    "no glass, whatever its head says": (extended(16, OPAQUE), (20, 33, 65)),
    "a lossy picture before what shapes nothing": (extended(16, LOSSY, BEHIND), (20, 33, 65)),
    "a lossy picture in a frame": (extended(2, BEHIND, FRAME), (24, 33, 65)),
    "glass behind notes of an odd length": (extended(0, piece(b"XMP ", b"abc"), LOSSY), (20, 33, 65)),
    "room for notes": (saved(GLASS.convert("RGB"), "WEBP", exif=b"Exif\0\0II*\0"), (16, 20, 65)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_webp_costs_what_it_may_hold_whatever_its_head_says(form: str) -> None:
    picture, costs = FORMS[form]
    found = decoding.reduced(picture)[1]
    assert (found.memory, found.work, found.work_of_data) == costs
    # It is a picture all the same.
    assert decoding.opened(picture, lambda image: image.convert("RGB").size, field=None) == (8, 8)
