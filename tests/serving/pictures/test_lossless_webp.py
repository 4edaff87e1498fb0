"""Lossless WebPs, whose decoder builds tables for groups of codes: few in honest pictures, many in hostile ones."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from hostile_pictures import saved
from lossless_webp import (
    INVOLVED_GROUPS,
    SIDE,
    Bits,
    chunk,
    coloured,
    crowded,
    crowded_stream,
    endless_stream,
    indexed,
    involved_stream,
    predicted,
    riff,
    unreadable_streams,
)
from serving.pictures import decoding
from serving.pictures.formats import vp8l
from serving.requests.errors import Invalid

SMALL = decoding.Preprocessing(8, 8, 8)
MEBI = 1 << 20
# Makes a stream long enough for any number of groups.
LONG = b"\xff" * 200_000
UNREADABLE = unreadable_streams()


def drawing(mode: str, side: int) -> Image.Image:
    chance = random.Random(side)
    image = Image.new(mode, (side, side * 3 // 4), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(100):
        x, y = chance.randrange(side), chance.randrange(side)
        draw.ellipse((x, y, x + side // 8, y + side // 9), fill=tuple(chance.choices(range(256), k=len(mode))))
    return image


def photograph(side: int) -> Image.Image:
    return Image.effect_mandelbrot((side, side), (-2, -1.5, 1, 1.5), 60).convert("RGB")


def lossy_with(alpha: bytes) -> bytes:
    lossy = saved(Image.new("RGB", (SIDE, SIDE)), "WEBP")[12:]
    head = bytes([16, 0, 0, 0]) + (SIDE - 1).to_bytes(3, "little") * 2
    return riff(chunk(b"VP8X", head), chunk(b"ALPH", b"\1" + alpha), lossy)


def framed(picture: bytes) -> bytes:
    size = (SIDE - 1).to_bytes(3, "little") * 2
    head, frame = bytes([2, 0, 0, 0]) + size, bytes(6) + size + bytes(4) + picture
    return riff(chunk(b"VP8X", head), chunk(b"ANIM", bytes(6)), chunk(b"ANMF", frame))


STREAM = crowded_stream()
CROWDED = {
    "lossless": riff(crowded(STREAM)),
    "lossless alpha": lossy_with(STREAM),
    "in a frame": framed(crowded(STREAM)),
}


@pytest.mark.parametrize("kind", CROWDED)
def test_a_picture_of_65_536_groups_is_refused(kind: str) -> None:
    plain = decoding.reduced(CROWDED[kind])[1]
    # Their tables took 320 MB and 0.9 s, and with other codes 840 MB and 4.9 s.
    assert plain.need > 900 * MEBI
    assert plain.seconds > 4.5
    with pytest.raises(Invalid) as refused:
        decoding.pixels(CROWDED[kind], SMALL, field="data")
    assert refused.value.code == "image_too_complex"


@pytest.mark.parametrize("groups", [1, 1000])
def test_the_groups_in_use_are_counted(groups: int) -> None:
    few = riff(crowded(crowded_stream(groups) + LONG))
    assert decoding.reduced(few)[1].tables == groups * 20_000
    assert len(decoding.pixels(few, SMALL, field=None)) == 8 * 8 * 3


TRANSFORMS = {"none": [], "predicted": predicted(), "of small blocks": [*predicted(4), *coloured(4)]}


@pytest.mark.parametrize("transforms", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize(("colours", "packed"), [(0, 1), (2, 8), (3, 4), (4, 4), (5, 2), (16, 2), (17, 1), (256, 1)])
def test_groups_behind_all_that_a_stream_may_have_are_counted(transforms: Bits, colours: int, packed: int) -> None:
    stream = involved_stream([*transforms, *(indexed(colours) if colours else [])], packed)
    assert vp8l.groups(stream + LONG, 0, SIDE, SIDE) == INVOLVED_GROUPS
    assert Image.open(BytesIO(riff(crowded(stream)))).convert("RGB").size == (SIDE, SIDE)


def test_what_takes_too_long_to_read_is_taken_for_the_most() -> None:
    stream = endless_stream()
    assert vp8l.groups(stream, 0, SIDE, SIDE) == 1
    assert vp8l.groups(stream, 0, 2 * SIDE, 2 * SIDE) == len(stream) * 8 // 20


@pytest.mark.parametrize("why", UNREADABLE)
def test_what_no_decoder_takes_is_taken_for_the_most(why: str) -> None:
    stream = UNREADABLE[why]
    assert vp8l.groups(stream, 0, SIDE, SIDE) == len(stream) * 8 // 20 > 1500
    with pytest.raises(OSError, match="failed to read"):
        Image.open(BytesIO(riff(crowded(stream)))).convert("RGB")


@pytest.mark.parametrize("method", [0, 4, 6])
@pytest.mark.parametrize("side", [100, 300, 1000])
def test_honest_pictures_have_few_groups(side: int, method: int) -> None:
    small = drawing("RGB", side)
    for image in (small, drawing("RGBA", side), small.quantize(12).convert("RGB"), photograph(side)):
        picture = saved(image, "WEBP", lossless=True, method=method)
        plain = decoding.reduced(picture)[1]
        assert plain.tables < 32 * MEBI
        assert plain.seconds < 0.15
        assert decoding.pixels(picture, SMALL, field=None)


def test_several_lossless_streams_are_refused_unread() -> None:
    with pytest.raises(Invalid) as refused:
        decoding.pixels(riff(*[crowded(STREAM[:5000])] * 999), SMALL, field=None)
    assert refused.value.code == "image_too_complex"


@pytest.mark.parametrize("at", [25, 26, 27, 30, 40, 60, 80, 100])
def test_a_damaged_stream_is_never_taken_for_less_than_it_builds(at: int) -> None:
    damaged = bytearray(CROWDED["lossless"])
    damaged[at] ^= 0x24
    with pytest.raises(Invalid) as refused:
        decoding.pixels(bytes(damaged), SMALL, field=None)
    assert refused.value.code in ("broken_image", "image_too_complex")


def test_pillow_decodes_the_crowded_picture() -> None:
    assert Image.open(BytesIO(CROWDED["lossless"])).convert("RGB").size == (SIDE, SIDE)
