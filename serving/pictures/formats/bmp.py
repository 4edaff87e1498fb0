"""BMP: a header and rows. Run-length encoded rows are refused: a few bytes can stand for any number of pixels, Pillow
unpacks them in Python, and hardly anybody writes them today."""

from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING

from serving.pictures.plain import Plain, broken, unsupported

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_HEAD = 14
_OLD = 12  # the length of the OS/2 header, the only one with 16-bit sizes
_DESCRIBED = (40, 52, 56, 64, 108, 124)
_PACKED = (1, 2)

# The costs of the most expensive kind, with three colours and alpha.
_MEMORY, _WORK, _WORK_OF_DATA = 8.0, 18.0, 0.5


def decoder(file: BytesIO) -> "ImageFile":
    from PIL import BmpImagePlugin

    return BmpImagePlugin.BmpImageFile(file)


def reduced(picture: bytes) -> Plain:
    (described,) = unpack_from("<I", picture, _HEAD)
    if described == _OLD:
        width, height = unpack_from("<HH", picture, _HEAD + 4)
    elif described not in _DESCRIBED:
        raise broken()
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
