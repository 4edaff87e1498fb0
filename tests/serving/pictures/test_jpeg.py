"""Which colours a JPEG's numbers are, where nothing but Adobe's note says so."""

from __future__ import annotations

from PIL import Image

from hostile_pictures import saved
from serving.pictures import decoding


def test_adobes_note_says_that_numbers_are_red_green_and_blue() -> None:
    picture = saved(Image.new("RGB", (8, 8), (200, 30, 60)), "JPEG", keep_rgb=True, quality=100)
    # Colours that are called R, G and B would be known by that.
    for named, numbered in ((b"R\x11\0G\x11\0B\x11\0", b"\1\x11\0\2\x11\0\3\x11\0"), (b"R\0G\0B\0", b"\1\0\2\0\3\0")):
        assert named in picture
        picture = picture.replace(named, numbered)
    found = decoding.opened(picture, lambda image: image.convert("RGB").getpixel((4, 4)), field=None)
    assert isinstance(found, tuple)
    assert all(abs(got - wanted) < 4 for got, wanted in zip(found, (200, 30, 60), strict=True))
