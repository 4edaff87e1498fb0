"""What a WebP is reckoned to cost, by all that it may hold."""

from __future__ import annotations

import struct

from PIL import Image

from hostile_pictures import saved
from serving.pictures import decoding


def test_a_webp_costs_what_it_may_hold_whatever_its_head_says() -> None:
    """Decoders look for it everywhere: in a frame, before what shapes nothing, and without a word in the head."""

    def piece(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content

    glass = saved(Image.new("RGBA", (8, 8), (9, 99, 199, 99)), "WEBP")
    head, body, end = bytearray(glass[12:30]), glass[30:], piece(b"ANIM", bytes(6))
    frame = piece(b"ANMF", bytes(6) + b"\7\0\0\7\0\0" + bytes(4) + body)
    for flags, content, costs in (
        (0, body, (20, 33, 65)),
        (16, body + end, (20, 33, 65)),
        (2, end + frame, (24, 33, 65)),
    ):
        head[8] = flags
        picture = b"RIFF" + struct.pack("<I", 22 + len(content)) + b"WEBP" + head + content
        found = decoding.reduced(picture)[1]
        assert (found.memory, found.work, found.work_of_data) == costs
        # It is a picture all the same.
        assert decoding.opened(picture, lambda image: image.convert("RGB").size, field=None) == (8, 8)


def test_a_head_with_room_for_notes_costs_nothing() -> None:
    noted = saved(Image.new("RGB", (8, 8)), "WEBP", exif=b"Exif\0\0II*\0")
    assert noted[12:16] == b"VP8X"
    found = decoding.reduced(noted)[1]
    assert (found.memory, found.work, found.work_of_data) == (16, 20, 65)
