"""WebP: chunks. Its decoder takes the whole file, returns the whole picture, and holds several copies meanwhile."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING

from serving.pictures.plain import NotTaken, Plain, broken, crowded

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_HEAD = 12
_LOSSY, _LOSSLESS, _EXTENDED, _FRAME = b"VP8 ", b"VP8L", b"VP8X", b"ANMF"
_ALPHA = b"ALPH"
_SHAPING = (_EXTENDED, b"ANIM", _FRAME, _ALPHA, _LOSSY, _LOSSLESS)
# Where a head says that it may be seen through, and by which bit.
_SAYS_ALPHA, _HAS_ALPHA = {_EXTENDED: 8, _LOSSLESS: 12}, 0x10
_START = b"\x9d\x01\x2a"
_MOST_CHUNKS = 1000

_MEMORY, _MEMORY_OF_LOSSLESS, _MEMORY_OF_ALPHA = 16.0, 4.0, 4.0
# By whether the picture is lossy.
_WORK, _WORK_OF_DATA, _WORK_OF_ALPHA = {False: 16.0, True: 20.0}, {False: 16.0, True: 65.0}, 13.0
# A group of prefix codes of a lossless picture, or of lossless alpha.
_BYTES_OF_GROUP, _WORK_OF_GROUP = 20_000, 75_000
_HEAD_OF_FRAME = 24
# Decoders take the first of several.
_MOST_STREAMS = 2
# Before the transforms of a lossless picture: its mark, size and version. Of lossless alpha: how it is compressed.
_BITS_OF_HEAD, _BITS_OF_ALPHA_HEAD = 40, 8


def decoder(file: BytesIO) -> "ImageFile":
    from PIL import WebPImagePlugin

    return WebPImagePlugin.WebPImageFile(file)


def reduced(picture: bytes) -> Plain:
    kept: list[memoryview] = []
    kinds: list[bytes] = []
    notes = b""
    for kind, chunk in _chunks(picture):
        if kind in _SHAPING:
            kept.append(chunk)
            kinds.append(kind)
        elif kind == b"EXIF":
            notes = notes or bytes(chunk[8:])
    if kinds.count(_FRAME) > 1:
        raise NotTaken("animated_image", "is animated; send one picture")
    size = sum(map(len, kept)) + 4
    content = b"".join([b"RIFF", size.to_bytes(4, "little"), b"WEBP", *kept])
    width, height = _size(kinds[0], bytes(kept[0][:30]))
    # A frame may hold either.
    is_lossy, is_lossless = (_FRAME in kinds or kind in kinds for kind in (_LOSSY, _LOSSLESS))
    has_alpha = any(map(_may_show_through, kinds, kept))
    groups = _groups(zip(kinds, kept, strict=True), (width, height))
    if _FRAME in kinds:
        frame = kept[kinds.index(_FRAME)]
        groups += _groups(_chunks(frame, _HEAD_OF_FRAME), _size_at(bytes(frame[:30]), 14))
    return Plain(
        width=width,
        height=height,
        content=content,
        notes=notes,
        memory=_MEMORY + _MEMORY_OF_LOSSLESS * is_lossless + _MEMORY_OF_ALPHA * has_alpha,
        work=_WORK[is_lossy] + _WORK_OF_ALPHA * has_alpha,
        work_of_data=_WORK_OF_DATA[is_lossy],
        tables=groups * _BYTES_OF_GROUP,
        work_of_tables=groups * _WORK_OF_GROUP,
    )


def _chunks(picture: bytes | memoryview, at: int = _HEAD) -> Iterator[tuple[bytes, memoryview]]:
    """Each chunk's kind, and its bytes padded to an even length. The last one may be cut short."""
    view = memoryview(picture)
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(picture):
            return
        kind, length = unpack_from("<4sI", picture, at)
        length += length & 1
        yield kind, view[at : at + 8 + length]
        at += 8 + length
    raise crowded(f"has more than {_MOST_CHUNKS} chunks")


def _may_show_through(kind: bytes, chunk: memoryview) -> bool:
    """Whether the picture may be transparent. Any one chunk of the file can make it so."""
    if kind in _SAYS_ALPHA:
        return bool(chunk[_SAYS_ALPHA[kind]] & _HAS_ALPHA)
    return kind in (_FRAME, _ALPHA)


def _groups(parts: Iterable[tuple[bytes, memoryview]], size: tuple[int, int]) -> int:
    """The most groups of prefix codes in the chunks of a picture or frame of this size."""
    streams = []
    for kind, chunk in parts:
        if kind == _LOSSLESS:
            streams.append((chunk, _BITS_OF_HEAD, _size(kind, bytes(chunk[:13]))))
        elif kind == _ALPHA and len(chunk) > 8 and chunk[8] & 3:
            streams.append((chunk, _BITS_OF_ALPHA_HEAD, size))
    if not streams:
        return 0
    if len(streams) > _MOST_STREAMS:
        raise crowded("holds more than one picture")
    from serving.pictures.formats import vp8l

    return sum(vp8l.groups(bytes(chunk[8:]), head, *its_size) for chunk, head, its_size in streams)


def _size_at(chunk: bytes, at: int) -> tuple[int, int]:
    width, height = (int.from_bytes(chunk[place : place + 3], "little") + 1 for place in (at, at + 3))
    return width, height


def _size(kind: bytes, chunk: bytes) -> tuple[int, int]:
    """Width and height according to the first chunk, as in decoders."""
    if kind == _EXTENDED:
        return _size_at(chunk, 12)
    if kind == _LOSSY and chunk[11:14] == _START:
        width, height = unpack_from("<HH", chunk, 14)
        return width & 0x3FFF, height & 0x3FFF
    if kind == _LOSSLESS:
        (bits,) = unpack_from("<I", chunk, 9)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise broken()
