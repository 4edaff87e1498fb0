"""Every kind of head that a BMP may have."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from serving.pictures import decoding


@pytest.mark.parametrize("length", [40, 52, 56, 64, 108, 124])
def test_a_bmp_may_have_a_head_of_any_of_these_lengths(length: int) -> None:
    head = struct.pack("<IiiHHIIiiII", length, 2, 1, 1, 24, 0, 8, 0, 0, 0, 0).ljust(length, b"\0")
    rows = b"\3\2\1\x1e\x14\x0a\0\0"
    picture = struct.pack("<2sIHHI", b"BM", 22 + length, 0, 0, 14 + length) + head + rows

    def colours(image: Image.Image) -> list[object]:
        return [image.getpixel((x, 0)) for x in range(image.width)]

    assert decoding.opened(picture, colours, field=None) == [(1, 2, 3), (10, 20, 30)]
