"""From whatever colours a file holds to grey or RGB, with no more copies of the picture than it takes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def flat(image: "Image") -> "Image":
    """Grey or RGB, whatever the file holds. What shows through is white."""
    if image.mode.startswith("I"):  # 16 bit grey
        image.load()
        return image.point(lambda value: value / 257).convert("L")
    if image.has_transparency_data:
        return _on_white(image if image.mode == "RGBA" else image.convert("RGBA"))
    if image.mode in ("RGB", "L"):
        image.load()  # convert() would copy it
        return image
    return image.convert("RGB")


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white
