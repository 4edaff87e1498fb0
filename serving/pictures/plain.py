"""A picture before a decoder sees it: what shapes its pixels, and what it will cost to have them.

Formats let a file carry more than a picture: notes, profiles, thumbnails, in any number and compressed, and decoders
read all of it, some in time that grows with the square. So a file is first reduced to what its pixels are made of.
That takes no decoder, and tells enough to reckon what the decoder will take.
"""

import msgspec

# Decoders need a pointer a row and scaling a few numbers a column. No JPEG and no GIF is longer.
MOST_SIDE = 65_535
MOST_PIXELS = 50_000_000

# Pictures are laid out in blocks, and scaled with tables.
_BYTES_OF_ANY = 24 << 20


class NotTaken(Exception):
    """Why a picture is not decoded, as the end of a sentence that begins with its field."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Plain(msgspec.Struct, frozen=True):
    """What is left of a file.

    memory: bytes a pixel, when most is held at once, until the picture is grey or RGB.
    work: nanoseconds a pixel, on a processor of 2024; measured, for flat and for noisy pictures of 49 megapixels.
    work_of_data: nanoseconds a byte of the file.
    """

    width: int
    height: int
    content: bytes
    memory: float
    work: float
    work_of_data: float
    notes: bytes = b""  # EXIF

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def need(self) -> int:
        """The memory that it will take, at most."""
        return int(self.pixels * self.memory) + len(self.content) + _BYTES_OF_ANY

    @property
    def seconds(self) -> float:
        """What it will take to decode, at most."""
        return (self.pixels * self.work + len(self.content) * self.work_of_data) / 1e9


def broken(reason: str = "cannot be decoded") -> NotTaken:
    return NotTaken("broken_image", reason)


def unsupported(reason: str) -> NotTaken:
    return NotTaken("unsupported_image", reason)


def crowded(reason: str) -> NotTaken:
    """For files with more parts than any picture has."""
    return NotTaken("image_too_complex", reason)
