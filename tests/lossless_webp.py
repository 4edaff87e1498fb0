"""Lossless WebPs whose decoder builds as many groups of prefix codes as wanted, up to the most that there can be."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from math import ceil

# Of blocks of 4 x 4 pixels, each with a group of its own.
SIDE = 1024
_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
# Values and how many bits each has, the lowest first.
Bits = list[tuple[int, int]]
_ONE_SYMBOL: Bits = [(0b0001, 4)]
# No more transforms, no colour cache, and a group for each block of 4 pixels.
_BY_BLOCKS: Bits = [(0, 1), (0, 1), (1, 1), (0, 3)]


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def riff(*chunks: bytes) -> bytes:
    whole = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def crowded_stream(groups: int = 65_536) -> bytes:
    """What follows the head of the stream. The groups beyond the first few that are used repeat."""
    bits = [*_BY_BLOCKS, (0, 1), *_every_byte(is_green=True), *_every_byte(), *_ONE_SYMBOL * 3]
    for block in range((SIDE // 4) ** 2):
        group = block % groups
        bits += [(_reversed(group & 255), 8), (_reversed(group >> 8), 8)]
    return _packed([*bits, *_ONE_SYMBOL * 5 * groups])


def crowded(stream: bytes) -> bytes:
    head = struct.pack("<BI", 0x2F, SIDE - 1 | SIDE - 1 << 14)
    return chunk(b"VP8L", head + stream)


class Code:
    """A prefix code with the lengths 1, 2, 3 … of these symbols, and the last one twice: each as rare as it can be."""

    def __init__(self, symbols: Sequence[int]) -> None:
        lengths = [*range(1, len(symbols)), len(symbols) - 1]
        self.lengths = dict(zip(symbols, lengths, strict=True))
        self._codes: dict[int, int] = {}
        code = last = 0
        for length, symbol in sorted((length, symbol) for symbol, length in self.lengths.items()):
            code <<= length - last
            self._codes[symbol], code, last = code, code + 1, length

    def declared(self, size: int) -> Bits:
        """For an alphabet of this size, each length with four bits."""
        used = [(4 if symbol < 16 else 0, 3) for symbol in _ORDER]
        return [(0, 1), (15, 4), *used, (0, 1), *((_reversed(self.lengths.get(each, 0), 4), 4) for each in range(size))]

    def of(self, symbol: int) -> tuple[int, int]:
        length = self.lengths[symbol]
        return _reversed(self._codes[symbol], length), length


_COPIES, _CACHED = 256, 280
# Copies of 1, 5 or 6, 9 to 12, and 25 to 32 pixels; and what the colour cache holds.
_GREEN = Code([3, 9, 0, 1, _COPIES, 4, _COPIES + 4, 2, 5, _CACHED, _COPIES + 6, 6, _CACHED + 1, _COPIES + 9, 7, 8])
# Only the last pixel has 5, and none has 7, so whoever does not read exactly all of them finds another largest number.
# If ones follow the stream, they are green 8 with red 7, for whoever reads on.
_RED = Code([0, 2, 1, 5, 7])
_LAST_GREEN, _LAST_RED = 9, 5
_DISTANCE = Code([1, 0, 2, 4, 3, 5, 6])
# The numbers begin with 0.
INVOLVED_GROUPS = (_LAST_RED << 8 | _LAST_GREEN) + 1
_PREDICTOR, _COLOUR, _GREENLESS, _INDEXED = range(4)


def predicted(block: int = 32) -> Bits:
    """The transform in which every block has a predictor, 0 or 1."""
    return _by_blocks(_PREDICTOR, block)


def coloured(block: int) -> Bits:
    """The transform in which every block has what its red takes from green, 0 or 1."""
    return _by_blocks(_COLOUR, block)


def _by_blocks(kind: int, block: int) -> Bits:
    size = (block // 4).bit_length() - 1
    return [(1, 1), (kind, 2), (size, 3), *_zeros_and_ones((SIDE // block) ** 2)]


def indexed(colours: int) -> Bits:
    """The transform in which pixels are numbers of colours, several to a byte where there are few."""
    return [(1, 1), (_INDEXED, 2), (colours - 1, 8), *_zeros_and_ones(colours)]


def involved_stream(transforms: Bits, packed: int = 1) -> bytes:
    """A stream with all that may be in a picture of groups. A byte has the numbers of `packed` pixels."""
    width, height = ceil(SIDE / packed / 4), SIDE // 4
    head = [*_BY_BLOCKS, (1, 1), (1, 4)]
    codes = [*_GREEN.declared(_CACHED + 2), *_RED.declared(256), *_ONE_SYMBOL * 2, *_DISTANCE.declared(40)]
    return _packed([*transforms, *head, *codes, *_involved(width * height), *_ONE_SYMBOL * 5 * INVOLVED_GROUPS])


def endless_stream() -> bytes:
    """One whose blocks take no bits, however many there are."""
    return _packed([(1, 1), (_PREDICTOR, 2), (0, 3), (0, 1), *_ONE_SYMBOL * 5]) + bytes(10_000)


def unreadable_streams() -> dict[str, bytes]:
    """Those that no decoder takes, each for another reason."""
    end = bytes(10_000)
    ends = _packed([*predicted(4), (1, 1), (_GREENLESS, 2), (0, 1), (0, 1)])
    # 18 repeats 0 up to 138 times. Both have one bit.
    lengths = [*_with_lengths(8, 18), (0, 1)]
    halved = Code([0, 1, 2])
    halved.lengths.pop(2)
    head = [*_BY_BLOCKS, (0, 1)]
    return {
        "a transform twice": involved_stream(predicted() * 2),
        "patterns that mean nothing": _packed([*head, *halved.declared(_CACHED)]) + end,
        "more lengths than symbols": _packed([*head, *lengths, *[(0, 1)] * 256, (1, 1), (127, 7)]) + end,
        # The bits that complete the last byte are no others.
        "nothing behind the transforms": ends[:-2],
    }


def _involved(pixels: int) -> Iterator[tuple[int, int]]:
    chance = random.Random(4)
    # No copy may reach back beyond the first pixel, or on beyond the last.
    left = pixels - 1
    while left:
        can_copy = 32 < left < pixels - 2000
        symbol = chance.choice([each for each in _GREEN.lengths if can_copy or each < _COPIES])
        yield _GREEN.of(symbol)
        if symbol < _COPIES:
            left -= 1
            yield _RED.of(chance.choice([each for each in _RED.lengths if each < _LAST_RED]))
        elif symbol < _CACHED:
            more = _more(symbol - _COPIES)
            extra = chance.randrange(1 << more)
            left -= _number(symbol - _COPIES) + extra
            yield extra, more
            distance = chance.choice(list(_DISTANCE.lengths))
            yield _DISTANCE.of(distance)
            yield chance.randrange(1 << _more(distance)), _more(distance)
        else:
            left -= 1
    yield _GREEN.of(_LAST_GREEN)
    yield _RED.of(_LAST_RED)


def _more(symbol: int) -> int:
    """How many bits follow the symbol of a length or distance."""
    return 0 if symbol < 4 else symbol // 2 - 1


def _number(symbol: int) -> int:
    """The least length for which the symbol stands."""
    return symbol + 1 if symbol < 4 else (2 + symbol % 2 << _more(symbol)) + 1


def _zeros_and_ones(pixels: int) -> Bits:
    """A picture of black and green ones, a bit each."""
    chance = random.Random(pixels)
    two_symbols = [(1, 1), (1, 1), (0, 1), (0, 1), (1, 8)]
    return [(0, 1), *two_symbols, *_ONE_SYMBOL * 4, *((chance.randrange(2), 1) for _ in range(pixels))]


def _every_byte(*, is_green: bool = False) -> Bits:
    """A code of 8 bits for each byte."""
    return [*_with_lengths(8), *([(1, 1), (3, 3), (254, 8)] if is_green else [(0, 1)])]


def _with_lengths(*lengths: int) -> Bits:
    """The beginning of a code whose symbols have these lengths, 8 among them; each is told by at most one bit."""
    used = _ORDER[: _ORDER.index(8) + 1]
    return [(0, 1), (len(used) - 4, 4), *((int(length in lengths), 3) for length in used)]


def _reversed(value: int, count: int = 8) -> int:
    return int(f"{value:0{count}b}"[::-1], 2)


def _packed(bits: Bits) -> bytes:
    text = "".join(f"{value:0{count}b}"[::-1] for value, count in bits if count)
    return int(text[::-1], 2).to_bytes(len(text) // 8 + 2, "little")
