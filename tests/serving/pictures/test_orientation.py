"""Which way up a picture is, by every note that a camera writes, and by none that breaks."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from PIL import Image

from hostile_pictures import chunk, png, saved
from serving.pictures import decoding, orientation
from serving.pictures.orientation import UPRIGHT, Turn

# Pillow's transposition, whether the sides change places, and which ends of the picture change places.
TURNS = {
    0: UPRIGHT,
    1: UPRIGHT,
    2: Turn(0, False, True, False),
    3: Turn(3, False, True, True),
    4: Turn(1, False, False, True),
    5: Turn(5, True, False, False),
    6: Turn(4, True, True, False),
    7: Turn(6, True, True, True),
    8: Turn(2, True, False, True),
    9: UPRIGHT,
}


def notes(value: int, *, order: str = "<", kind: str = "H", before: int = 0, count: int | None = None) -> bytes:
    """TIFF with that many entries before the one that matters."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    others = struct.pack(f"{order}HHII", 0x0100, 4, 1, 6) * before
    number = {"H": 3, "I": 4, "B": 1}[kind]
    entry = struct.pack(f"{order}HHI{kind}", 0x0112, number, 1, value).ljust(12, b"\0")
    return head + struct.pack(f"{order}H", before + 1 if count is None else count) + others + entry


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", "HI")
@pytest.mark.parametrize("value", TURNS)
def test_a_note_says_how_a_picture_is_turned(value: int, kind: str, order: str) -> None:
    for beginning in (b"", b"Exif\0\0"):
        found = orientation.of(beginning + notes(value, order=order, kind=kind))
        assert found == TURNS[value]
        assert bool(found) == (value in range(2, 9))


def test_the_note_is_among_the_first_256() -> None:
    assert orientation.of(notes(3, before=255)) == TURNS[3]
    assert orientation.of(notes(3, before=256)) == UPRIGHT
    assert orientation.of(notes(3, before=1, count=1)) == UPRIGHT


@pytest.mark.parametrize("broken", [b"", b"II", b"XX*\0", notes(3)[:-4], notes(3, kind="B"), b"II*\0\xff\xff\xff\xff"])
def test_notes_that_cannot_be_read_turn_nothing(broken: bytes) -> None:
    assert orientation.of(broken) == UPRIGHT


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "PNG": lambda exif: png(8, 8, before=chunk(b"eXIf", exif) + chunk(b"eXIf", b"later")),
    "WebP": lambda exif: saved(Image.new("RGB", (8, 8)), "WEBP", exif=exif),
    "JPEG": lambda exif: saved(Image.new("RGB", (8, 8)), "JPEG", exif=b"Exif\0\0" + exif),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_pictures_notes_are_the_first_that_it_has_and_whole(kind: str) -> None:
    assert decoding.reduced(KINDS[kind](notes(6)))[1].notes.removeprefix(b"Exif\0\0") == notes(6)
