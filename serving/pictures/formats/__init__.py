"""One module per format, which reduces a file to the data of its pixels and names Pillow's decoder for it.

Each is imported with the first picture of its format.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from io import BytesIO

    from PIL.ImageFile import ImageFile

    from serving.pictures.plain import Plain

MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif")

_BEGINNINGS = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"RIFF": "webp",
    b"BM": "bmp",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}


class Format(Protocol):
    def reduced(self, picture: bytes) -> "Plain": ...

    def decoder(self, file: "BytesIO") -> "ImageFile": ...


def of(picture: bytes) -> Format | None:
    """The format, recognised by its first bytes: trying each of Pillow's decoders would import them all."""
    for beginning, name in _BEGINNINGS.items():
        if picture.startswith(beginning) and (name != "webp" or picture[8:12] == b"WEBP"):
            return cast(Format, import_module(f"{__name__}.{name}"))
    return None
