"""How much of a picture is decoded for what a network sees of it; test_decoding.py says that it sees the same."""

from __future__ import annotations

from array import array

import pytest
from PIL import Image

from hostile_pictures import saved
from serving.pictures import decoding
from serving.pictures.preprocessing import Preprocessing, prepared
from serving.pictures.values import floats


@pytest.mark.parametrize(
    ("shorter_side", "exact", "decoded"),
    [(64, False, (160, 128)), (64, True, (1280, 1024)), (65, False, (320, 256)), (256, False, (640, 512))],
)
def test_of_a_jpeg_no_more_is_decoded_than_twice_what_is_needed_or_128_pixels(
    shorter_side: int, exact: bool, decoded: tuple[int, int]
) -> None:
    how = Preprocessing(32, 32, shorter_side)

    def size(image: Image.Image) -> tuple[int, int]:
        prepared(image, how, exact=exact)
        return image.size

    picture = saved(Image.linear_gradient("L").resize((1280, 1024)).convert("RGB"), "JPEG")
    assert decoding.opened(picture, size, field=None) == decoded


def test_a_jpeg_is_not_decoded_in_full_unless_that_is_asked_for() -> None:
    how, picture = Preprocessing(32, 32, 32), saved(Image.effect_noise((512, 512), 90), "JPEG")
    quick, exact = (decoding.pixels(picture, how, field=None, exact=exact) for exact in (False, True))
    assert decoding.pixels(picture, how, field=None) == quick != exact


def test_where_nothing_else_is_said_the_numbers_are_the_pixels() -> None:
    pixels = bytes(range(6))
    assert array("f", floats(pixels, Preprocessing(2, 1, 1))).tolist() == list(pixels)
