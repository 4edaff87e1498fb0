"""JPEG: segments up to the first scan, then scans.

Each scan of a progressive picture covers the whole picture, and a scan that changes nothing takes only a few bytes, so
scans are counted. Arithmetic coding and lossless frames are refused; no browser shows them either.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from struct import unpack_from
from typing import TYPE_CHECKING

from serving.pictures.plain import Plain, broken, crowded, unsupported

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_START, _SCAN, _END = b"\xff\xd8", 0xDA, 0xD9
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_TABLES = (0xDB, 0xC4, 0xDD)  # quantisation, Huffman codes, restart interval
_JFIF, _EXIF, _ADOBE = (0xE0, b"JFIF\0"), (0xE1, b"Exif\0\0"), (0xEE, b"Adobe")
# The markers of frames, without those of tables and extensions in the same range.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

# Cameras write about twenty segments, and a few dozen if there is a depth map.
_MOST_SEGMENTS = 2000
# Four tables of each kind take less than four thousand bytes.
_MOST_TABLES = 16 * 1024
# Encoders write ten.
_MOST_SCANS = 100

_MARK = re.compile(rb"\xff([^\x00\xff])")
_SCANS = re.compile(rb"\xff\xda")  # takes a third of the time of bytes.count
# Standalone markers, such as restarts, do not end a scan.
_MARK_AFTER_DATA = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")

# Bytes per pixel, by the number of colours; four are converted to RGB.
_MEMORY = {1: 2.0, 3: 5.0, 4: 9.0}
# Nanoseconds per pixel by the number of colours, per pixel and scan, and per byte: see plain.py.
_WORK = {1: 6.0, 3: 13.0, 4: 21.0}
_WORK_OF_SCAN, _WORK_OF_DATA, _WORK_OF_DATA_IN_SCANS = 1.0, 12.0, 31.0


def decoder(file: BytesIO) -> "ImageFile":
    from PIL import JpegImagePlugin

    return JpegImagePlugin.JpegImageFile(file)


def reduced(picture: bytes) -> Plain:
    once: dict[tuple[int, bytes], bytes] = {}
    frames: list[bytes] = []
    tables: list[bytes] = []
    for kind, segment, at in _segments(picture):
        if kind == _SCAN:
            once_kept = [once[name] for name in (_JFIF, _ADOBE) if name in once]
            content = b"".join([_START, *once_kept, *tables, *frames, memoryview(picture)[at:]])
            [frame] = frames
            return _plain(frame, content, once.get(_EXIF, b"")[4:], _scans(picture, at, frame[1], segment[4], frame[9]))
        if kind in _FRAMES:
            frames.append(segment)
        elif kind in _TABLES:
            tables.append(segment)
        else:
            for name in (_JFIF, _EXIF, _ADOBE):
                if kind == name[0] and segment.startswith(name[1], 4):
                    once.setdefault(name, segment)
    raise broken("ends too early")


def _plain(frame: bytes, content: bytes, notes: bytes, scans: int) -> Plain:
    if frame[1] not in (_BASELINE, _EXTENDED, _PROGRESSIVE):
        raise unsupported("is a JPEG of a kind that no browser shows")
    height, width, colours = unpack_from(">HHB", frame, 5)
    return Plain(
        width=width,
        height=height,
        content=content,
        notes=notes,
        memory=_memory(frame, colours, scans),
        work=_WORK[colours] + _WORK_OF_SCAN * scans,
        work_of_data=_WORK_OF_DATA_IN_SCANS if scans else _WORK_OF_DATA,
    )


def _segments(picture: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The segments up to the first scan: each one's marker, its bytes with marker and length, and its offset."""
    at, tables = len(_START), 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARK.search(picture, at)
        if not found or (kind := found[1][0]) == _END:
            return
        at = found.end()
        if 0xD0 <= kind <= 0xD8 or kind == 1:  # these have no length
            continue
        start, (length,) = at - 2, unpack_from(">H", picture, at)
        at += max(length, 2)
        tables += length if kind in _TABLES else 0
        if tables > _MOST_TABLES:
            raise crowded("has more tables than a JPEG can use")
        yield kind, picture[start:at], start
    raise crowded(f"has more than {_MOST_SEGMENTS} segments before its first scan")


def _scans(picture: bytes, first: int, kind: int, colours_at_once: int, colours: int) -> int:
    """The number of scans that build up the picture; 0 if the first one holds it all."""
    if kind != _PROGRESSIVE and colours_at_once >= colours:
        return 0
    # This count is never too low, but includes scans of other pictures after the end of the first.
    if (scans := sum(1 for _ in islice(_SCANS.finditer(picture, first), _MOST_SCANS + 1))) <= _MOST_SCANS:
        return scans
    scans, at = 0, first
    while (found := _MARK_AFTER_DATA.search(picture, at)) and found[1][0] != _END:
        at = found.end() + int.from_bytes(picture[found.end() : found.end() + 2])
        scans += found[1][0] == _SCAN
        if scans > _MOST_SCANS:
            raise crowded(f"has more than {_MOST_SCANS} scans")
    return scans


def _memory(frame: bytes, colours: int, scans: int) -> float:
    """Bytes per pixel for the picture and, if it has several scans, for all its coefficients of two bytes each."""
    shown = _MEMORY[colours]
    if not scans:
        return shown
    sampled = [(byte >> 4) * (byte & 15) for byte in frame[11 : 10 + 3 * colours : 3]]
    return shown + 2 * sum(sampled) / max(1, *sampled)
