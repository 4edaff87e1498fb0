"""PNG: chunks. Those of the picture are kept. All others, compressed or not, are dropped without being unpacked."""

from collections.abc import Iterator
from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING

from serving.pictures.plain import NotTaken, Plain, broken, crowded

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ENDING = b"\0\0\0\0IEND\xaeB`\x82"
_SHAPING = (b"IHDR", b"PLTE", b"tRNS")
# Encoders write some thousand bytes of data per chunk.
_MOST_CHUNKS = 20_000

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
# Bytes per pixel for decoding and for putting transparent parts on white (see plain.py), by the kind of colours and
# whether there is transparency.
_MEMORY = {
    (_GREY, False): 2,
    (_GREY, True): 9,
    (_RGB, False): 5,
    (_RGB, True): 12,
    (_PALETTE, False): 5,
    (_PALETTE, True): 9,
    (_GREY_ALPHA, True): 12,
    (_RGBA, True): 8,
}
_MEMORY_OF_OTHER_GREY = 6  # with 16 bits or less than 8
# Measured with the most expensive filter, interlaced.
_WORK = {_GREY: 13.0, _RGB: 23.0, _PALETTE: 18.0, _GREY_ALPHA: 26.0, _RGBA: 34.0}
_WORK_OF_16_BITS, _WORK_OF_TRANSPARENCY, _WORK_OF_DATA = 1.5, 10.0, 19.0


def decoder(file: BytesIO) -> "ImageFile":
    from PIL import PngImagePlugin

    return PngImagePlugin.PngImageFile(file)


def reduced(picture: bytes) -> Plain:
    shaping: dict[bytes, memoryview] = {}
    data: list[memoryview] = []
    notes = b""
    for kind, chunk in _chunks(picture):
        if kind == b"IDAT":
            data.append(chunk)
        elif data:
            break
        elif kind in _SHAPING:
            shaping.setdefault(kind, chunk)
        elif kind == b"acTL" and int.from_bytes(chunk[8:12]) > 1:
            raise NotTaken("animated_image", "is animated; send one picture")
        elif kind == b"eXIf":
            notes = notes or bytes(chunk[8:-4])
    content = b"".join([_SIGNATURE, *(shaping[kind] for kind in _SHAPING if kind in shaping), *data, _ENDING])
    return _plain(bytes(shaping[b"IHDR"]), content, notes, transparent=b"tRNS" in shaping)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Each chunk's kind, and its bytes with length and checksum. The last one may be cut short."""
    at, view = len(_SIGNATURE), memoryview(picture)
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(picture):
            raise broken("ends too early")
        length, kind = unpack_from(">I4s", picture, at)
        yield kind, view[at : at + 12 + length]
        at += 12 + length
    raise crowded(f"has more than {_MOST_CHUNKS:,} chunks")


def _plain(head: bytes, content: bytes, notes: bytes, *, transparent: bool) -> Plain:
    width, height, depth, colour = unpack_from(">IIBB", head, 8)
    memory = _MEMORY[colour, transparent or colour >= _GREY_ALPHA]
    if colour == _GREY and depth != 8:
        memory = max(memory, _MEMORY_OF_OTHER_GREY)
    return Plain(
        width=width,
        height=height,
        content=content,
        notes=notes,
        memory=memory,
        work=_WORK[colour] * (_WORK_OF_16_BITS if depth == 16 else 1) + _WORK_OF_TRANSPARENCY * transparent,
        work_of_data=_WORK_OF_DATA,
    )
