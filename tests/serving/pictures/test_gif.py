"""How large a GIF is, what it costs, and where its picture begins."""

from __future__ import annotations

import struct

import pytest

from hostile_pictures import PIXEL, gif
from serving.pictures.formats.gif import reduced as plain
from serving.pictures.plain import NotTaken


def test_what_shows_through_in_a_gif_costs_more() -> None:
    found = plain(gif(b"\x21\xf9\4\1\0\0\0\0"))
    assert (found.memory, found.work, found.work_of_data) == (9, 24, 10)


def test_a_gif_whose_picture_is_larger_than_its_screen_is_as_large_as_that() -> None:
    image = b"\x2c" + struct.pack("<HHHHB", 5, 7, 20, 30, 0) + PIXEL[-5:]
    found = plain(gif(image=image))
    assert (found.width, found.height) == (25, 37)
    found = plain(gif(screen=(300, 200), image=image))
    assert (found.width, found.height) == (300, 200)


def test_a_gif_may_have_no_colours_but_its_pictures_own() -> None:
    """The bits that count a screen's colours may say what they like then."""
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + bytes(6) + PIXEL[-5:]
    for count in range(8):
        head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, count, 0, 0)
        assert plain(head + image + b";").content == head + image + b";"


def test_what_a_decoder_would_pass_over_before_a_picture_is_refused() -> None:
    """Behind it there may be any number of pieces, which the decoder would read."""
    with pytest.raises(NotTaken, match=r"^cannot be decoded$"):
        plain(gif(b"\0"))
