"""Lossless WebP: how many groups of prefix codes its decoder builds.

A stream may use another group for each block of the picture, up to 65,536 of them, and the decoder builds tables for
all of them. Which block uses which group is told by a small compressed picture behind those of the transforms. The
small pictures are read here, unless the length of the stream already says that the groups are few.
"""

from math import ceil

_MOST_GROUPS = 65_536
# Five codes of one symbol each.
_LEAST_BITS_OF_A_GROUP = 20
# Too few to be worth counting.
_FEW = 1500
# The most pixels and copies read here. Encoders write about half as many for 50 megapixels.
_MOST_READ = 200_000

_PREDICTOR, _COLOUR, _SUBTRACT_GREEN = range(3)
_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
_LITERALS, _LENGTHS, _DISTANCES = 256, 24, 40
# By the symbol: how often it repeats at least, and the bits that say how much more often.
_REPEATS = {16: (3, 2), 17: (3, 3), 18: (11, 7)}
# As many bits are looked at together. Those of a pixel, or of a copy, are at most 4 x 15.
_WINDOW, _MOST_OF_PIXEL = 256, 60

# For each pattern of bits, how many of them stand for a symbol, and the symbol; and the mask that makes a pattern.
Code = tuple[list[tuple[int, int]], int]


class _Unread(Exception):
    """No decoder takes this stream, or it takes too long to read here."""


def groups(stream: bytes, start: int, width: int, height: int) -> int:
    """The most groups that a decoder builds. `start` is the number of bits before the transforms."""
    most = min(_MOST_GROUPS, len(stream) * 8 // _LEAST_BITS_OF_A_GROUP)
    if most <= _FEW:
        return most
    try:
        return min(most, _Stream(stream, start).groups(width, height))
    except _Unread:
        return most


class _Stream:
    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self._at = at
        self._left = _MOST_READ

    def groups(self, width: int, height: int) -> int:
        kinds: set[int] = set()
        while self._bits(1):
            kind = self._bits(2)
            if kind in kinds:
                raise _Unread
            kinds.add(kind)
            if kind in (_PREDICTOR, _COLOUR):
                block = 4 << self._bits(3)
                self._skip(ceil(width / block) * ceil(height / block))
            elif kind != _SUBTRACT_GREEN:
                colours = self._bits(8) + 1
                self._skip(colours)
                width = ceil(width / (8 if colours <= 2 else 4 if colours <= 4 else 2 if colours <= 16 else 1))
        self._cache()
        if not self._bits(1):
            return 1
        block = 4 << self._bits(3)
        return self._skip(ceil(width / block) * ceil(height / block)) + 1

    def _bits(self, count: int) -> int:
        start, shift = divmod(self._at, 8)
        self._at += count
        if self._at > len(self._content) * 8:
            raise _Unread
        return int.from_bytes(self._content[start : start + 5], "little") >> shift & (1 << count) - 1

    def _cache(self) -> int:
        return 1 << self._bits(4) if self._bits(1) else 0

    def _skip(self, pixels: int) -> int:
        """Read a picture of the stream. Returns the largest number in its red and green."""
        cached = _LITERALS + _LENGTHS
        green, green_mask = self._code(cached + self._cache())
        (red, red_mask), *others = (self._code(_LITERALS) for _ in range(3))
        others = [code for code in others if code[1]]
        distance = self._code(_DISTANCES)
        largest, at, window, end, left = 0, self._at, 0, 0, self._left
        while pixels > 0:
            if at + _MOST_OF_PIXEL > end:
                window, end = self._window(at), at + _WINDOW
            length, symbol = green[window >> _WINDOW + at - end & green_mask]
            at += length
            pixels -= 1
            left -= 1
            if left < 0:
                raise _Unread
            if symbol < _LITERALS:
                length, value = red[window >> _WINDOW + at - end & red_mask]
                at += length
                if value << 8 | symbol > largest:
                    largest = value << 8 | symbol
                for table, mask in others:
                    at += table[window >> _WINDOW + at - end & mask][0]
            elif symbol < cached:
                self._at = at
                pixels -= self._number(symbol - _LITERALS) - 1
                self._number(self._symbol(distance))
                at = self._at
        self._at, self._left = at, left
        return largest

    def _window(self, at: int) -> int:
        return int.from_bytes(self._content[at >> 3 : (at + _WINDOW >> 3) + 1], "little") >> (at & 7)

    def _number(self, symbol: int) -> int:
        if symbol < 4:
            return symbol + 1
        more = (symbol - 2) >> 1
        return ((2 + (symbol & 1)) << more) + self._bits(more) + 1

    def _symbol(self, code: Code) -> int:
        table, mask = code
        start = self._at >> 3
        bits = int.from_bytes(self._content[start : start + 3], "little") >> (self._at & 7)
        length, symbol = table[bits & mask]
        self._at += length
        return symbol

    def _code(self, size: int) -> Code:
        if self._bits(1):
            count = self._bits(1) + 1
            symbols = [self._bits(8 if self._bits(1) else 1)]
            if count == 2:
                symbols.append(self._bits(8))
            return _table(dict.fromkeys(symbols, 1))
        lengths: dict[int, int] = {}
        for symbol in _ORDER[: 4 + self._bits(4)]:
            lengths[symbol] = self._bits(3)
        return _table(self._lengths(_table(dict(sorted(lengths.items()))), size))

    def _lengths(self, code: Code, size: int) -> dict[int, int]:
        most = 2 + self._bits(2 + 2 * self._bits(3)) if self._bits(1) else size
        lengths: list[int] = []
        previous = 8
        while len(lengths) < size and most:
            most -= 1
            symbol = self._symbol(code)
            if symbol in _REPEATS:
                least, more = _REPEATS[symbol]
                lengths += [previous if symbol == 16 else 0] * (least + self._bits(more))
            else:
                lengths.append(symbol)
                previous = symbol or previous
        if len(lengths) > size:
            raise _Unread
        return dict(enumerate(lengths))


def _table(lengths: dict[int, int]) -> Code:
    """The code in which each symbol has the given length. The shortest come first, then the smallest."""
    used = sorted((length, symbol) for symbol, length in lengths.items() if length)
    if len(used) == 1:
        return [(0, used[0][1])], 0
    # Each pattern must begin with one symbol, and no pattern with two.
    longest = used[-1][0] if used else 0
    if sum(1 << longest >> length for length, _ in used) != 1 << longest:
        raise _Unread
    table = [(0, 0)] * (1 << longest)
    value = 0
    for length, symbol in used:
        # Bits come in reverse.
        first = int(f"{value >> longest - length:0{length}b}"[::-1], 2)
        table[first :: 1 << length] = [(length, symbol)] * (1 << longest - length)
        value += 1 << longest - length
    return table, (1 << longest) - 1
