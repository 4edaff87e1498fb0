"""Pictures broken where it hurts: parts copied, dropped, swapped or cut, wrong lengths or sizes."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from hostile_pictures import broken_notes, chunk, saved

NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    1 << 24,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
)

Parts = list[bytes]


def split_jpeg(picture: bytes) -> Parts:
    """Segments, with the data after each scan header as a part of its own."""
    parts, at = [picture[:2]], 2
    while at < len(picture) - 1 and picture[at] == 0xFF:
        end = at + 2 + (0 if picture[at + 1] == 0xD9 else int.from_bytes(picture[at + 2 : at + 4]))
        parts.append(picture[at:end])
        at = end
        if parts[-1][1] == 0xDA:
            while end < len(picture) - 1 and not (
                picture[end] == 0xFF and picture[end + 1] not in (0, *range(0xD0, 0xD8))
            ):
                end += 1
            parts.append(picture[at:end])
            at = end
    return [*parts, picture[at:]]


def split_png(picture: bytes) -> Parts:
    parts, at = [picture[:8]], 8
    while at < len(picture):
        end = at + 12 + int.from_bytes(picture[at : at + 4])
        parts.append(picture[at:end])
        at = end
    return parts


def split_webp(picture: bytes) -> Parts:
    parts, at = [picture[:12]], 12
    while at < len(picture):
        length = int.from_bytes(picture[at + 4 : at + 8], "little")
        end = at + 8 + length + (length & 1)
        parts.append(picture[at:end])
        at = end
    return parts


def split_gif(picture: bytes) -> Parts:
    """Split at block markers; it does not matter if one is just data that looks like it."""
    parts, last = [], 0
    for at in range(13, len(picture)):
        if picture[at] in (0x21, 0x2C) and picture[at - 1] == 0:
            parts.append(picture[last:at])
            last = at
    return [*parts, picture[last:]]


def split_bmp(picture: bytes) -> Parts:
    return [picture[:14], picture[14:54], picture[54:]]


def seeds() -> list[tuple[Callable[[bytes], Parts], bytes]]:
    image = Image.effect_noise((61, 47), 90).convert("RGB")
    notes = Image.Exif()
    notes[0x0112], notes[0x010F] = 6, "Camera"
    profile = bytes(range(256)) * 4
    glass = image.copy()
    glass.putalpha(image.convert("L"))
    jpegs = [
        saved(image, "JPEG", exif=notes, icc_profile=profile),
        saved(image, "JPEG", progressive=True, comment=b"said"),
        saved(image.convert("CMYK"), "JPEG", progressive=True),
        saved(image.convert("L"), "JPEG", restart_marker_blocks=2),
    ]
    pngs = [saved(image.convert(mode), "PNG", exif=notes) for mode in ("1", "L", "LA", "P", "RGB")]
    pngs += [saved(glass, "PNG", icc_profile=profile), saved(Image.new("I;16", (61, 47), 999), "PNG")]
    pngs.append(
        pngs[4][:33]
        + chunk(b"eXIf", broken_notes(50))
        + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(9999)))
        + pngs[4][33:]
    )
    webps = [saved(image, "WEBP", exif=notes), saved(glass, "WEBP"), saved(glass, "WEBP", lossless=True)]
    gifs = [saved(image.convert("P"), "GIF", comment=b"said"), saved(image.convert("P"), "GIF", transparency=3)]
    gifs.append(saved(image.convert("P"), "GIF", save_all=True, append_images=[image.convert("L").convert("P")]))
    bmps = [saved(image.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")]
    return [
        *((split_jpeg, picture) for picture in jpegs),
        *((split_png, picture) for picture in pngs),
        *((split_webp, picture) for picture in webps),
        *((split_gif, picture) for picture in gifs),
        *((split_bmp, picture) for picture in bmps),
    ]


def mutant(chance: random.Random, split: Callable[[bytes], Parts], picture: bytes) -> bytes:
    parts = split(picture)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        at = chance.randrange(len(parts))
        change = chance.choice((_copied, _dropped, _swapped, _numbered, _numbered, _numbered, _bent, _cut, _repacked))
        change(chance, parts, at)
        if not parts:
            break
    whole = b"".join(_summed(part) if split is split_png and chance.random() < 0.9 else part for part in parts)
    return whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.05 else whole


def _copied(chance: random.Random, parts: Parts, at: int) -> None:
    parts[at:at] = [parts[at]] * chance.choice((1, 2, 10, 300))


def _dropped(_: random.Random, parts: Parts, at: int) -> None:
    del parts[at]


def _swapped(chance: random.Random, parts: Parts, at: int) -> None:
    other = chance.randrange(len(parts))
    parts[at], parts[other] = parts[other], parts[at]


def _numbered(chance: random.Random, parts: Parts, at: int) -> None:
    """Change a number near the beginning, where sizes and lengths are."""
    size = chance.choice((1, 2, 2, 4))
    content = bytearray(parts[at])
    if len(content) >= size:
        where = chance.randrange(min(len(content) - size + 1, 48))
        number = chance.choice(NUMBERS) % (1 << 8 * size)
        content[where : where + size] = number.to_bytes(size, chance.choice(("big", "little")))
    parts[at] = bytes(content)


def _bent(chance: random.Random, parts: Parts, at: int) -> None:
    content = bytearray(parts[at])
    for _ in range(chance.randrange(1, 5)):
        if content:
            content[chance.randrange(len(content))] = chance.choice((0, 255, chance.randrange(256)))
    parts[at] = bytes(content)


def _cut(chance: random.Random, parts: Parts, at: int) -> None:
    parts[at] = parts[at][: chance.randrange(len(parts[at]) + 1)]


def _repacked(chance: random.Random, parts: Parts, at: int) -> None:
    """Change a PNG's data before compression, where filters and row lengths are."""
    try:
        content = bytearray(zlib.decompress(parts[at][8:-4]))
    except zlib.error:
        _bent(chance, parts, at)
        return
    for _ in range(chance.randrange(1, 9)):
        if content:
            content[chance.randrange(len(content))] = chance.randrange(256)
    content = content[: chance.randrange(len(content) + 1)] * chance.choice((1, 1, 1, 20))
    parts[at] = chunk(parts[at][4:8], zlib.compress(content))


def _summed(part: bytes) -> bytes:
    """The part with a correct checksum, without which a decoder would stop."""
    if len(part) < 12 or part.startswith(b"\x89PNG"):
        return part
    return part[:-4] + struct.pack(">I", zlib.crc32(part[4:-4]))
