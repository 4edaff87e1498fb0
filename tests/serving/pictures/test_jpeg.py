"""Which colours a JPEG's numbers are, where nothing but a note says so."""

from __future__ import annotations

import pytest
from PIL import Image

from hostile_pictures import saved
from serving.pictures import decoding

RED = (200, 30, 60)


def called(picture: bytes, names: bytes) -> bytes:
    """The same, with other names for its three colours, in its frame and in its scan."""
    renamed, frame, scan = bytearray(picture), picture.index(b"\xff\xc0"), picture.index(b"\xff\xda")
    renamed[frame + 10 : frame + 19 : 3] = renamed[scan + 5 : scan + 11 : 2] = names
    return bytes(renamed)


def colour(picture: bytes) -> object:
    return decoding.opened(picture, lambda image: image.convert("RGB").getpixel((4, 4)), field=None)


def test_adobes_note_says_that_numbers_are_red_green_and_blue() -> None:
    picture = saved(Image.new("RGB", (8, 8), RED), "JPEG", keep_rgb=True, quality=100)
    # Colours that are called R, G and B would be known by that.
    assert colour(called(picture, b"\1\2\3")) == pytest.approx(RED, abs=4)


def test_jfifs_note_says_that_they_are_not() -> None:
    picture = saved(Image.new("RGB", (8, 8), RED), "JPEG", subsampling=0, quality=100)
    assert colour(called(picture, b"RGB")) == pytest.approx(RED, abs=4)


def test_notes_between_scans_are_no_scans_whatever_they_hold() -> None:
    picture = saved(Image.new("RGB", (8, 8), RED), "JPEG", progressive=True)
    second = picture.index(b"\xff\xda", picture.index(b"\xff\xda") + 1)
    notes = b"\xff\xfe\0\xd2" + b"\xff\xda" * 104
    assert colour(picture[:second] + notes + picture[second:]) == colour(picture)
