"""Colours are brought to grey or RGB with no more copies of the picture than it takes."""

from __future__ import annotations

import pytest
from PIL import Image

from serving.pictures import colours


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_is_grey_or_rgb_already_is_not_copied(mode: str) -> None:
    image = Image.new(mode, (2, 2))
    assert colours.flat(image) is image
