"""Converts any colours of a file to grey or RGB, with as few copies of the picture as possible."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def flat(image: "Image") -> "Image":
    """The image in grey or RGB. Transparent parts become white."""
    if image.mode.startswith("I"):  # 16 bit grey
        return image.point(lambda value: value / 257).convert("L")
    if image.has_transparency_data:
        return _on_white(image if image.mode == "RGBA" else image.convert("RGBA"))
    if image.mode in ("RGB", "L"):
        image.load()  # convert() would make a copy
        return image
    return image.convert("RGB")


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white
