"""A lossless WebP that is small, and whose decoder builds as many groups of prefix codes as there can be."""

from __future__ import annotations

import struct

# Of blocks of 4 x 4 pixels, each with a group of its own.
SIDE = 1024
_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
_ONE_SYMBOL = [(0b0001, 4)]


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def riff(*chunks: bytes) -> bytes:
    whole = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def crowded_stream(groups: int = 65_536) -> bytes:
    """What follows the head of the stream. The groups beyond the first few that are used repeat."""
    bits = [(0, 1), (0, 1), (1, 1), (0, 3), (0, 1), *_every_byte(is_green=True), *_every_byte(), *_ONE_SYMBOL * 3]
    for block in range((SIDE // 4) ** 2):
        group = block % groups
        bits += [(_reversed(group & 255), 8), (_reversed(group >> 8), 8)]
    return _packed([*bits, *_ONE_SYMBOL * 5 * groups])


def crowded(stream: bytes) -> bytes:
    head = struct.pack("<BI", 0x2F, SIDE - 1 | SIDE - 1 << 14)
    return chunk(b"VP8L", head + stream)


def _every_byte(*, is_green: bool = False) -> list[tuple[int, int]]:
    """A code of 8 bits for each byte."""
    used = _ORDER[: _ORDER.index(8) + 1]
    lengths = [(0, 1), (len(used) - 4, 4), *((int(length == 8), 3) for length in used)]
    return [*lengths, *([(1, 1), (3, 3), (254, 8)] if is_green else [(0, 1)])]


def _reversed(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


def _packed(bits: list[tuple[int, int]]) -> bytes:
    text = "".join(f"{value:0{count}b}"[::-1] for value, count in bits)
    return int(text[::-1], 2).to_bytes(len(text) // 8 + 2, "little")
