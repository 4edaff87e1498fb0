"""BMP: a head and rows. Those that are packed are not taken: a few bytes of them can stand for any number of pixels,
Pillow unpacks them in Python, and nobody has made any since disks were small."""

from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING

from serving.pictures.plain import Plain, unsupported

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_HEAD = 14
_OLD = 12  # the length of OS/2's description, the only one with narrow numbers
_PACKED = (1, 2)

_MEMORY, _WORK, _WORK_OF_DATA = 8.0, 10.0, 1.0


def decoder(file: BytesIO) -> "ImageFile":
    from PIL import BmpImagePlugin

    return BmpImagePlugin.BmpImageFile(file)


def reduced(picture: bytes) -> Plain:
    (described,) = unpack_from("<I", picture, _HEAD)
    if described == _OLD:
        width, height = unpack_from("<HH", picture, _HEAD + 4)
    else:
        width, height, _, _, packing = unpack_from("<IiHHI", picture, _HEAD + 4)
        if packing in _PACKED:
            raise unsupported("is a BMP with packed rows; send it as PNG")
    return Plain(
        width=width,
        height=abs(height),  # negative: from the top down
        content=picture,
        memory=_MEMORY,
        work=_WORK,
        work_of_data=_WORK_OF_DATA,
    )
