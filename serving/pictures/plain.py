"""A picture before decoding: the data that determines its pixels, and the estimated cost of decoding it.

Formats let a file carry more than a picture: notes, profiles and thumbnails, any number of them, and compressed.
Decoders read all of it, some in quadratic time. So a file is first reduced to the data of its pixels. That needs no
decoder, and yields enough to estimate the decoder's time and memory.
"""

import msgspec

# Decoders need a pointer per row, and scaling a few numbers per column. JPEG and GIF allow no longer sides.
MOST_SIDE = 65_535
MOST_PIXELS = 50_000_000

# The fixed cost of any picture: memory is allocated in blocks, and scaling needs tables.
_BYTES_OF_ANY = 24 << 20


class NotTaken(Exception):
    """A picture that is refused. `reason` completes a sentence that begins with the name of its field."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Plain(msgspec.Struct, frozen=True):
    """A reduced file.

    memory: peak bytes per pixel until the picture is grey or RGB.
    work: nanoseconds per pixel on a processor of 2024, measured with flat and with noisy pictures of 49 megapixels.
    work_of_data: nanoseconds per byte of the file.
    tables, work_of_tables: bytes and nanoseconds for what a decoder builds whatever the number of pixels.
    """

    width: int
    height: int
    content: bytes
    memory: float
    work: float
    work_of_data: float
    tables: int = 0
    work_of_tables: int = 0
    notes: bytes = b""  # EXIF

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def need(self) -> int:
        """The most memory that decoding will take, in bytes."""
        return int(self.pixels * self.memory) + self.tables + len(self.content) + _BYTES_OF_ANY

    @property
    def seconds(self) -> float:
        """The longest that decoding will take."""
        return (self.pixels * self.work + len(self.content) * self.work_of_data + self.work_of_tables) / 1e9


def broken(reason: str = "cannot be decoded") -> NotTaken:
    return NotTaken("broken_image", reason)


def unsupported(reason: str) -> NotTaken:
    return NotTaken("unsupported_image", reason)


def crowded(reason: str) -> NotTaken:
    """The error for files with more parts than any real picture has."""
    return NotTaken("image_too_complex", reason)
