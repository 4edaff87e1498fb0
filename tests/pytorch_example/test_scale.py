"""A JPEG is decoded at a fraction of its size. Its answer is that of the whole."""

from __future__ import annotations

from types import ModuleType

import pytest
from PIL import Image, ImageOps

from pytorch_example.pictures import held_out
from sent_pictures import saved
from serving.pictures import decoding

# Of the shorter side: around where the decoder takes a half, a quarter and an eighth, and far from there.
SHORTER = (40, 63, 65, 100, 127, 129, 130, 200, 255, 257, 300, 511, 513, 700, 1213, 2000)
PAPERS = ((200, 200), (300, 200), (200, 320))
DIGITS = 40


def written(number: int) -> Image.Image:
    """A digit on a sheet of paper, of every second one dark on light."""
    digit, _ = held_out()[number]
    paper = Image.new("L", PAPERS[number % len(PAPERS)])
    side = 160
    corner = ((paper.width - side) // 2, (paper.height - side) // 2)
    paper.paste(digit.resize((side, side), Image.Resampling.BICUBIC), corner)
    return (paper if number % 2 else ImageOps.invert(paper)).convert("RGB")


@pytest.mark.parametrize("shorter", SHORTER)
def test_the_probabilities_are_those_of_the_exact_path(main: ModuleType, shorter: int) -> None:
    model = main.handler.model
    how = model.facts.preprocessing
    for number in range(DIGITS):
        picture = written(number)
        scale = shorter / min(picture.size)
        size = (round(picture.width * scale), round(picture.height * scale))
        jpeg = saved(picture.resize(size, Image.Resampling.BICUBIC), "JPEG", quality=90)
        quick, exact = (
            model.network.predict(decoding.pixels(jpeg, how, field="data", exact=exactly)) for exactly in (False, True)
        )
        assert max(abs(one - other) for one, other in zip(quick, exact, strict=True)) <= 0.01
        assert quick.index(max(quick)) == exact.index(max(exact))


def test_the_trick_is_at_work(main: ModuleType) -> None:
    """Else the test above compares a thing with itself."""
    how = main.handler.model.facts.preprocessing
    jpeg = saved(written(0).resize((1546, 1213)), "JPEG")
    assert decoding.pixels(jpeg, how, field="data") != decoding.pixels(jpeg, how, field="data", exact=True)
