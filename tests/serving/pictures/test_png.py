"""Which chunks of a PNG are looked at, and what they say."""

from __future__ import annotations

import struct

import pytest

from hostile_pictures import chunk, png
from serving.pictures.formats.png import reduced as plain
from serving.pictures.plain import NotTaken


def test_what_stands_behind_a_pngs_picture_is_not_looked_at() -> None:
    whole = png(8, 8)
    assert plain(whole[:-12] + chunk(b"tRNS", b"") * 20_000 + whole[-12:]).content == whole


def test_an_animated_png_is_one_of_more_than_one_picture() -> None:
    assert plain(png(8, 8, before=chunk(b"acTL", struct.pack(">II", 1, 0)))).pixels == 64
    with pytest.raises(NotTaken, match=r"^is animated; send one picture$"):
        plain(png(8, 8, before=chunk(b"acTL", struct.pack(">II", 2, 0))))


def test_a_png_that_is_cut_behind_its_picture_is_whole() -> None:
    for cut in range(5):
        assert plain(png(8, 8)[: -cut or None]).content == png(8, 8)
