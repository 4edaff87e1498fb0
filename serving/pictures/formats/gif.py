"""GIF: blocks, each in pieces of at most 255 bytes. Of an animation, the first frame is used."""

from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING

from serving.pictures.plain import Plain, broken, crowded

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_HEAD = 13
_EXTENSION, _IMAGE, _CONTROL = 0x21, 0x2C, 0xF9
# Enough for a profile of a megabyte before the picture.
_MOST_PIECES = 5000

_MEMORY, _MEMORY_OF_ALPHA = 5.0, 9.0
_WORK, _WORK_OF_ALPHA, _WORK_OF_DATA = 16.0, 8.0, 10.0


def decoder(file: BytesIO) -> "ImageFile":
    from PIL import GifImagePlugin

    return GifImagePlugin.GifImageFile(file)


def reduced(picture: bytes) -> Plain:
    head = _HEAD + _palette(picture[10])
    at, control, pieces = head, b"", 0
    while picture[at] == _EXTENSION:
        start, at = at, at + 2
        while size := picture[at]:
            at += size + 1
            pieces += 1
            if pieces > _MOST_PIECES:
                raise crowded(f"has more than {_MOST_PIECES} pieces before its picture")
        at += 1
        if picture[start + 1] == _CONTROL:
            control = picture[start:at]
    if picture[at] != _IMAGE:
        raise broken()
    width, height = unpack_from("<HH", picture, 6)
    left, top, across, down = unpack_from("<HHHH", picture, at + 1)
    return Plain(
        # A frame may be larger than the screen, and the decoder allocates memory for it.
        width=max(width, left + across),
        height=max(height, top + down),
        content=b"".join([picture[:head], control, memoryview(picture)[at:]]),
        memory=_MEMORY_OF_ALPHA if control else _MEMORY,
        work=_WORK + _WORK_OF_ALPHA * bool(control),
        work_of_data=_WORK_OF_DATA,
    )


def _palette(flags: int) -> int:
    """The length of the palette in bytes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
