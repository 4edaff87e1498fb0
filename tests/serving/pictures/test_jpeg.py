"""Which of a JPEG's notes count: those that say which colours its numbers are, and how it is turned."""

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


def test_notes_of_another_program_before_a_cameras_do_not_hide_them() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    picture = saved(Image.new("RGB", (8, 8), RED), "JPEG", exif=turned)
    others = [b"\xff\xe1\0\x22http://ns.adobe.com/xap/1.0/\0<x>", b"\xff\xfe\0\x0aExif\0\0II"]
    for other in others:
        found = decoding.reduced(picture[:2] + other + picture[2:])[1]
        assert found.notes == decoding.reduced(picture)[1].notes != b""
