"""The orientation of a picture, as the camera recorded it in EXIF.

This is the only EXIF field that matters here, so it is the only one that is read: how long a general EXIF reader takes
depends on the untrusted data.
"""

from struct import error, unpack_from
from typing import NamedTuple


class Turn(NamedTuple):
    """The transformation that puts a picture upright: Pillow's number for it, and its effect on the sides."""

    transpose: int = 0
    on_its_side: bool = False
    mirrors_x: bool = False
    mirrors_y: bool = False

    def __bool__(self) -> bool:
        return self != UPRIGHT


UPRIGHT = Turn()
# By the EXIF orientation.
_TURNS = {
    2: Turn(0, mirrors_x=True),
    3: Turn(3, mirrors_x=True, mirrors_y=True),
    4: Turn(1, mirrors_y=True),
    5: Turn(5, on_its_side=True),
    6: Turn(4, on_its_side=True, mirrors_x=True),
    7: Turn(6, on_its_side=True, mirrors_x=True, mirrors_y=True),
    8: Turn(2, on_its_side=True, mirrors_y=True),
}
_TAG, _SHORT, _LONG = 0x0112, 3, 4
# Entries are sorted by tag, and few tags are lower.
_MOST_ENTRIES = 256
_BYTE_ORDERS = {b"II": "<", b"MM": ">"}


def of(notes: bytes) -> Turn:
    """The turn that a picture's EXIF asks for. With unreadable EXIF the picture may still be good, so none."""
    try:
        return _TURNS.get(_orientation(notes.removeprefix(b"Exif\0\0")), UPRIGHT)
    except (error, KeyError):
        return UPRIGHT


def _orientation(tiff: bytes) -> int:
    order = _BYTE_ORDERS[tiff[:2]]
    (first,) = unpack_from(f"{order}I", tiff, 4)
    (count,) = unpack_from(f"{order}H", tiff, first)
    for index in range(min(count, _MOST_ENTRIES)):
        at = first + 2 + 12 * index
        tag, kind = unpack_from(f"{order}HH", tiff, at)
        if tag == _TAG and kind in (_SHORT, _LONG):
            (value,) = unpack_from(order + ("H" if kind == _SHORT else "I"), tiff, at + 8)
            return int(value)
    return 1
