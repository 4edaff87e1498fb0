"""What a picture is reckoned to take, by its kind: the figures that were measured, and the limits that follow."""

from __future__ import annotations

import struct
from collections.abc import Callable

import msgspec
import pytest
from PIL import Image

from hostile_pictures import COSTLY, chunk, gif, many_scans, png, saved
from serving.pictures import decoding
from serving.pictures.plain import NotTaken, Plain
from serving.requests.errors import Invalid

# Bytes a pixel, nanoseconds a pixel, nanoseconds a byte of the file.
RECKONED = {
    "PNG-0-8": (2, 13, 19),
    "PNG-0-16": (6, 19.5, 19),
    "PNG-0-transparent": (9, 23, 19),
    "PNG-1-bit": (6, 13, 19),
    "PNG-2-8": (5, 23, 19),
    "PNG-2-16": (5, 34.5, 19),
    "PNG-2-transparent": (12, 33, 19),
    "PNG-3-8": (5, 18, 19),
    "PNG-3-transparent": (9, 28, 19),
    "PNG-4-8": (12, 26, 19),
    "PNG-4-16": (12, 39, 19),
    "PNG-6-8": (8, 34, 19),
    "PNG-6-16-interlaced": (8, 51, 19),
    "JPEG-L": (6, 14, 12),
    "JPEG-L-progressive": (8, 20, 31),
    "JPEG-RGB": (9, 21, 12),
    "JPEG-RGB-progressive": (15, 31, 31),
    "JPEG-CMYK": (13, 29, 12),
    "JPEG-CMYK-progressive": (21, 47, 31),
    "JPEG-scans": (8, 63, 31),
    "GIF": (5, 16, 10),
    "BMP": (8, 18, 0.5),
    "BMP-1": (8, 18, 0.5),
    "WebP": (16, 20, 65),
    "WebP-alpha": (20, 33, 65),
    "WebP-lossless": (24, 29, 16),
}


def plain(picture: bytes) -> Plain:
    return decoding.reduced(picture)[1]


def code(picture: bytes) -> str:
    """Of the refusal; none where it is taken."""
    try:
        plain(picture)
    except NotTaken as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("kind", RECKONED)
def test_a_kind_costs_what_was_measured(kind: str) -> None:
    found = plain(COSTLY[kind](100))
    assert (found.memory, found.work, found.work_of_data) == RECKONED[kind]
    assert (found.width, found.height) == (100, 100)


def test_memory_and_time_are_those_of_the_pixels_and_of_the_file() -> None:
    small = Plain(width=1000, height=2000, content=bytes(1000), memory=3, work=5, work_of_data=7)
    assert small.need == 6_000_000 + 1000 + 24 * 1024 * 1024
    assert small.seconds == pytest.approx(0.010007)


SHOWN, NO_FRAMES = (0xC0, 0xC1, 0xC2), (0xC4, 0xC8, 0xCC)


@pytest.mark.parametrize(
    ("frame", "refusal"),
    [(kind, "" if kind in SHOWN else "unsupported_image") for kind in range(0xC0, 0xD0) if kind not in NO_FRAMES],
)
def test_a_jpeg_that_no_browser_shows_is_refused(frame: int, refusal: str) -> None:
    whole = saved(Image.new("L", (8, 8)), "JPEG")
    assert code(whole.replace(b"\xff\xc0", bytes([0xFF, frame]))) == refusal


CONTROL = b"\x21\xf9\4\0\0\0\0\0"
# With something that shapes no pixel, and without it.
WITHOUT: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "PNG": lambda: (png(8, 8, before=chunk(b"tEXt", b"a\0b")), png(8, 8)),
    "JPEG": lambda: (jpeg_with(b"\xff\xfe\0\4ab", 2), jpeg_with(b"", 0)),
    "GIF": lambda: (gif(b"\x21\xfe\2ab\1c\0", CONTROL, b"\x21\xff\3XMP\0"), gif(CONTROL)),
    "WebP": lambda: (webp_with(b"XMP \3\0\0\0abc\0", 1), webp_with(b"", 0)),
}


@pytest.mark.parametrize("kind", WITHOUT)
def test_what_shapes_no_pixel_is_left_out(kind: str) -> None:
    more, less = WITHOUT[kind]()
    assert plain(more).content == plain(less).content
    if kind != "JPEG":  # whose tables come to stand before its frame
        assert plain(less).content == less


@pytest.mark.parametrize(("packing", "refusal"), [(0, ""), (1, "unsupported_image"), (2, "unsupported_image"), (3, "")])
def test_packed_rows_of_a_bmp_are_not_unpacked(packing: int, refusal: str) -> None:
    whole = bytearray(saved(Image.new("RGB", (4, 4)), "BMP"))
    whole[30] = packing
    assert code(bytes(whole)) == refusal


def test_an_old_bmp_has_short_numbers_and_one_from_the_top_down_a_negative_height() -> None:
    old = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 300, 200, 1, 24)
    assert (plain(old).width, plain(old).height) == (300, 200)
    whole = bytearray(saved(Image.new("RGB", (4, 7)), "BMP"))
    whole[22:26] = struct.pack("<i", -7)
    assert (plain(bytes(whole)).width, plain(bytes(whole)).height) == (4, 7)
    whole[14] = 13
    assert code(bytes(whole)) == "broken_image"


def jpeg_with(segment: bytes, times: int) -> bytes:
    once = saved(Image.new("L", (8, 8)), "JPEG")
    return once[:2] + segment * times + once[2:]


def webp_with(piece: bytes, times: int) -> bytes:
    return saved(Image.new("RGB", (8, 8)), "WEBP") + piece * times


def table(length: int) -> bytes:
    return b"\xff\xdd" + struct.pack(">H", length) + bytes(length - 2)


def segments(picture: bytes) -> list[tuple[int, int]]:
    """Kind and length of those up to the first scan, it included."""
    found: list[tuple[int, int]] = []
    at = 2
    while not found or found[-1][0] != 0xDA:
        kind, length = struct.unpack_from(">xBH", picture, at)
        found.append((kind, length))
        at += 2 + length
    return found


SEGMENTS_OF_A_JPEG = len(segments(jpeg_with(b"", 0)))
TABLES_OF_A_JPEG = sum(length for kind, length in segments(jpeg_with(b"", 0)) if kind in (0xDB, 0xC4, 0xDD))
SCANS_OF_A_JPEG = many_scans(8, 0).count(b"\xff\xda")
LIMITS: dict[str, tuple[Callable[[int], bytes], str]] = {
    "PNG": (lambda more: png(8, 8, before=chunk(b"tEXt", b"") * (19_997 + more)), "image_too_complex"),
    "JPEG": (
        lambda more: jpeg_with(b"\xff\xe5\0\2", 2000 - SEGMENTS_OF_A_JPEG + more),
        "image_too_complex",
    ),
    "JPEG's tables": (lambda more: jpeg_with(table(16 * 1024 - TABLES_OF_A_JPEG + more), 1), "image_too_complex"),
    # What stands behind the end is no scan, and makes it count more closely.
    "JPEG's scans": (lambda more: many_scans(8, 100 - SCANS_OF_A_JPEG + more) + b"\xff\xda", "image_too_complex"),
    "GIF": (lambda more: gif(b"\x21\xfe" + b"\1x" * (5000 + more) + b"\0"), "image_too_complex"),
    "WebP": (lambda more: webp_with(b"XXXX\0\0\0\0", 998 + more), "image_too_complex"),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_a_file_may_have_so_many_parts_and_not_one_more(kind: str) -> None:
    make, refusal = LIMITS[kind]
    assert (code(make(0)), code(make(1))) == ("", refusal)


@pytest.mark.parametrize(("side", "taken"), [(65_535, True), (65_536, False)])
def test_the_longest_side_has_65_535_pixels(side: int, taken: bool) -> None:
    for width, height in ((side, 1), (1, side)):
        picture = png(width, height, colour=0)
        if taken:
            assert decoding.opened(picture, lambda image: image.size, field=None) == (width, height)
        else:
            with pytest.raises(
                Invalid, match=f"{width} x {height} pixels; the longest side taken has 65,535"
            ) as caught:
                decoding.opened(picture, lambda image: image.size, field=None)
            assert caught.value.code == "image_too_large"


@pytest.mark.parametrize(("height", "taken"), [(25_000, True), (25_001, False)])
def test_fifty_million_pixels_are_taken_and_no_more(height: int, taken: bool) -> None:
    picture = png(2000, height, colour=0)
    if taken:
        assert decoding.opened(picture, lambda image: image.size, field=None) == (2000, height)
    else:
        with pytest.raises(Invalid, match="the most taken is 50,000,000"):
            decoding.opened(picture, lambda image: image.size, field=None)


def test_what_would_take_too_long_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = png(100, 100)
    seconds = plain(picture).seconds
    monkeypatch.setattr(decoding, "MOST_SECONDS", seconds)
    assert decoding.opened(picture, lambda image: image.size, field=None) == (100, 100)
    monkeypatch.setattr(decoding, "MOST_SECONDS", seconds * 0.999)
    with pytest.raises(Invalid, match="100 x 100 pixels, which in its form would take too long") as caught:
        decoding.opened(picture, lambda image: image.size, field=None)
    assert caught.value.code == "image_too_complex"


def test_a_picture_may_take_a_second() -> None:
    """These are refused by what their heads say: there is next to nothing behind it."""
    for height, refused in ((4900, "broken_image"), (5100, "image_too_complex")):
        head = struct.pack(">IIBBBBB", 4000, height, 16, 6, 0, 0, 1)
        cut = png(1, 1).partition(b"IDAT")[2]
        picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", cut[:4]) + chunk(b"IEND", b"")
        with pytest.raises(Invalid) as caught:
            decoding.opened(picture, lambda image: image.load(), field=None)
        assert caught.value.code == refused


# Marks that stand alone, and segments that have a frame's number and are none.
@pytest.mark.parametrize("mark", [b"\1", b"\xd0", b"\xd7", b"\xd8", b"\xc8\0\2", b"\xcc\0\2"])
def test_a_mark_that_is_no_part_of_a_jpegs_picture_is_left_out(mark: bytes) -> None:
    assert plain(jpeg_with(b"\xff" + mark, 3)).content == plain(jpeg_with(b"", 0)).content


def test_putting_a_picture_upright_costs_four_bytes_and_eight_nanoseconds_a_pixel() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    lying = plain(saved(Image.new("RGB", (100, 100)), "JPEG", exif=notes))
    upright = plain(saved(Image.new("RGB", (100, 100)), "JPEG"))
    assert msgspec.structs.replace(upright, memory=9, work=21) == msgspec.structs.replace(lying, notes=b"")
    assert (upright.memory, upright.work) == (5, 13)
