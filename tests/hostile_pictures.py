"""Pictures that cost more than they seem to, and the costliest honest ones of each kind."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

Maker = Callable[[], bytes]

# Grey, RGB, palette, grey with alpha, RGBA: PNG's number for each, and its channels.
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PALETTE = bytes(range(256)) * 3
PAETH = 4
# The seven passes of an interlaced PNG: offsets and distances of the pixels.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
# A GIF's picture of one pixel.
PIXEL = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(
    width: int,
    height: int,
    *,
    depth: int = 8,
    colour: int = 2,
    row_filter: int = 0,
    interlaced: bool = False,
    before: bytes = b"",
) -> bytes:
    """A PNG of a single colour, compressed as tightly as zlib can."""
    packer, packed = zlib.compressobj(9), []
    for left, top, across, down in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        row = bytes([row_filter]) + b"\1" * ((columns * CHANNELS[colour] * depth + 7) // 8)
        # Many rows at a time, as there may be millions.
        many = max(1, 1_000_000 // len(row))
        packed += [packer.compress(row * min(many, rows - done)) for done in range(0, rows, many)]
    data = b"".join([*packed, packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    palette = chunk(b"PLTE", PALETTE) if colour == 3 else b""
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + palette + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif(*extensions: bytes, screen: tuple[int, int] = (1, 1), image: bytes = PIXEL) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return head + b"".join(extensions) + image + b";"


def packed_megabytes(kind: bytes, times: int) -> bytes:
    """A small PNG with compressed chunks of a megabyte each."""
    return png(64, 64, before=chunk(kind, b"name\0\0" + zlib.compress(bytes(1_000_000), 9)) * times)


def broken_notes(entries: int) -> bytes:
    """EXIF whose entries all point nowhere."""
    entry = struct.pack("<HHII", 0x9286, 7, 1000, 0xFFFFFFF0)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + entry * entries + b"\0\0\0\0"


def run_length_bmp(width: int, height: int) -> bytes:
    """A BMP with a single end-of-line marker for all of its pixels."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 2, 0, 0, 1, 0)
    return struct.pack("<2sIHHI", b"BM", 66, 0, 0, 58) + head + bytes(4) + b"\0\0\0\1"


def many_scans(side: int, times: int) -> bytes:
    """A progressive JPEG that repeats its last scan many times."""
    once = saved(Image.new("RGB", (side, side), "teal"), "JPEG", progressive=True)
    last, end = once.rindex(b"\xff\xda"), once.rindex(b"\xff\xd9")
    return once[:end] + once[last:end] * times + once[end:]


def many_segments(times: int, segment: bytes) -> bytes:
    once = saved(Image.new("RGB", (64, 64), "teal"), "JPEG")
    return once[:2] + segment * times + once[2:]


def glass_webp(side: int) -> bytes:
    return saved(Image.new("RGBA", (side, side), (9, 99, 199, 99)), "WEBP", quality=50, method=0)


# Each once exhausted a function's memory or time, or filled its log. With the code of the refusal, or None if accepted.
NAMED: dict[str, tuple[Maker, str | None]] = {
    "a PNG of one row": (lambda: png(40_000_000, 1, colour=0), "image_too_large"),
    "a PNG of one column": (lambda: png(1, 49_000_000, colour=0), "image_too_large"),
    "a WebP of glass": (lambda: glass_webp(7000), "image_too_complex"),
    "a BMP of one byte": (lambda: run_length_bmp(49_000_000, 1), "unsupported_image"),
    "a JPEG of 100 scans": (lambda: many_scans(7000, 100), "image_too_complex"),
    "a JPEG of 1,000 scans": (lambda: many_scans(7000, 1000), "image_too_complex"),
    "a small JPEG of 100,000 scans": (lambda: many_scans(8, 100_000), "image_too_complex"),
    "a PNG with 6,000 profiles": (lambda: packed_megabytes(b"iCCP", 6000), None),
    "a PNG with 6,000 texts": (lambda: packed_megabytes(b"zTXt", 6000), None),
    "a PNG of 500,000 chunks": (lambda: png(64, 64, before=chunk(b"tEXt", b"") * 500_000), "image_too_complex"),
    "a JPEG with 571,000 notes": (
        lambda: many_segments(571_000, b"\xff\xe1\x00\x09Exif\0\0\x01"),
        "image_too_complex",
    ),
    "a JPEG of tables": (lambda: many_segments(90, b"\xff\xdb\xff\xfe" + bytes(65 * 1008 + 12)), "image_too_complex"),
    "a JPEG of fill bytes": (lambda: many_segments(1, b"\xff" * 6_000_000 + b"\0"), None),
    "a PNG with 65,000 broken notes": (lambda: png(64, 64, before=chunk(b"eXIf", broken_notes(65_000))), None),
    "a GIF of comments": (
        lambda: b"GIF89a\x40\0\x40\0\0\0\0!\xfe" + b"\1x" * 3_000_000 + b"\0;",
        "image_too_complex",
    ),
}


def costly() -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """The costliest variants of each format, as functions of the side of a square."""
    for colour in CHANNELS:
        for depth in (8,) if colour == 3 else (8, 16):
            for interlaced in (False, True):
                name = f"PNG-{colour}-{depth}{'-interlaced' * interlaced}"

                def made(side: int, colour: int = colour, depth: int = depth, interlaced: bool = interlaced) -> bytes:
                    return png(side, side, depth=depth, colour=colour, row_filter=PAETH, interlaced=interlaced)

                yield name, made
    for colour, transparent in {0: b"\0\0", 2: bytes(6), 3: bytes(256)}.items():

        def see_through(side: int, colour: int = colour, transparent: bytes = transparent) -> bytes:
            return png(side, side, colour=colour, row_filter=PAETH, before=chunk(b"tRNS", transparent))

        yield f"PNG-{colour}-transparent", see_through
    yield "PNG-1-bit", lambda side: png(side, side, depth=1, colour=0, row_filter=PAETH, interlaced=True)
    turned = Image.Exif()
    turned[0x0112] = 6
    for mode in ("L", "RGB", "CMYK"):
        for progressive in (False, True):
            options = {"progressive": progressive, "subsampling": 0, "exif": turned}
            yield f"JPEG-{mode}{'-progressive' * progressive}", _saver(mode, "JPEG", **options)
    yield "JPEG-scans", lambda side: many_scans(side, 40)
    yield "GIF", _saver("P", "GIF")
    yield "GIF-transparent", _saver("P", "GIF", transparency=3)
    yield "BMP", _saver("RGB", "BMP")
    yield "BMP-1", _saver("1", "BMP")
    yield "WebP", _saver("RGB", "WEBP", method=0)
    yield "WebP-alpha", _saver("RGBA", "WEBP", method=0)
    yield "WebP-lossless", _saver("RGBA", "WEBP", lossless=True, quality=0, method=0)


def _saver(mode: str, format_: str, **options: object) -> Callable[[int], bytes]:
    def made(side: int) -> bytes:
        # Not quite a single colour: some formats have a shortcut for that.
        image = Image.linear_gradient("L").resize((side, side)).convert("RGB")
        if mode == "RGBA":
            image.putalpha(image.convert("L"))
        return saved(image.convert(mode), format_, **options)

    return made


COSTLY = dict(costly())
