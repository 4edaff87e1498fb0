"""Colours are brought to grey or RGB with no more copies of the picture than it takes."""

from __future__ import annotations

import pytest
from PIL import Image

from serving.pictures import colours


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_is_grey_or_rgb_already_is_not_copied(mode: str) -> None:
    image = Image.new(mode, (2, 2))
    assert colours.flat(image) is image


def test_what_is_seen_through_is_laid_on_white_without_another_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def copy(*_: object) -> Image.Image:
        raise AssertionError

    glass = Image.new("RGBA", (2, 2), (0, 0, 0, 51))
    monkeypatch.setattr(Image.Image, "convert", copy)
    found = colours.flat(glass)
    assert (found.mode, found.getpixel((1, 1))) == ("RGB", (204, 204, 204))
