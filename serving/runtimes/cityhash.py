"""CityHash64, version 1.0: CatBoost's hash of a category. Later versions of it give other numbers.

It was published by Google under the MIT licence; with the steps in Python, a short text takes two microseconds.
"""

_ALL = (1 << 64) - 1
_K0, _K1, _K2, _K3 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
MULTIPLIER = 0x9DDFEA08EB382D69


def of(text: bytes) -> int:
    length = len(text)
    if length <= 16:
        return _to_16(text, length)
    if length <= 32:
        return _to_32(text, length)
    return _to_64(text, length) if length <= 64 else _longer(text, length)


def _to_16(text: bytes, length: int) -> int:
    if length > 8:
        last = _number(text, length - 8)
        return mixed(_number(text, 0), rotated(last + length, length)) ^ last
    if length >= 4:
        first, last = int.from_bytes(text[:4], "little"), int.from_bytes(text[-4:], "little")
        return mixed(length + (first << 3), last)
    if length:
        low, high = text[0] + (text[length >> 1] << 8), length + (text[-1] << 2)
        return _shifted((low * _K2 ^ high * _K3) & _ALL) * _K2 & _ALL
    return _K2


def _to_32(text: bytes, length: int) -> int:
    a, b = _number(text, 0) * _K1, _number(text, 8)
    c, d = _number(text, length - 8) * _K2, _number(text, length - 16) * _K0
    return mixed(rotated(a - b, 43) + rotated(c, 30) + d, a + rotated(b ^ _K3, 20) - c + length)


def _to_64(text: bytes, length: int) -> int:
    last = _number(text, length - 16)
    v = _quarter(_number(text, 0) + (length + last) * _K0, _number(text, 8), _number(text, 16), _number(text, 24))
    w = _quarter(
        _number(text, 16) + _number(text, length - 32), _number(text, length - 24), last, _number(text, length - 8)
    )
    both = _shifted(((v[0] + w[1]) * _K2 + (w[0] + v[1]) * _K0) & _ALL)
    return _shifted((both * _K0 + v[1]) & _ALL) * _K2 & _ALL


def _quarter(a: int, second: int, third: int, z: int) -> tuple[int, int]:
    b, c = rotated(a + z, 52), rotated(a, 37)
    a += second
    c += rotated(a, 7)
    a += third
    return a + z, b + rotated(a, 31) + c


def _longer(text: bytes, length: int) -> int:
    """In blocks of 64 bytes, behind a state made from the last of them."""
    x, y, z = _number(text, 0), _number(text, length - 16) ^ _K1, _number(text, length - 56) ^ _K0
    v, w = _weak(text, length - 64, length, y), _weak(text, length - 32, length * _K1, _K0)
    z += _shifted(v[1]) * _K1
    x, y = rotated(z + x, 39) * _K1, rotated(y, 33) * _K1
    for at in range(0, (length - 1) & ~63, 64):
        x = rotated(x + y + v[0] + _number(text, at + 16), 37) * _K1 & _ALL ^ w[1]
        y = rotated(y + v[1] + _number(text, at + 48), 42) * _K1 & _ALL ^ v[0]
        z = rotated(z ^ w[0], 33)
        v, w = _weak(text, at, v[1] * _K1, x + w[0]), _weak(text, at + 32, z + w[1], y)
        x, z = z, x
    return mixed(mixed(v[0], w[0]) + _shifted(y) * _K1 + z, mixed(v[1], w[1]) + x)


def _weak(text: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    last = _number(text, at + 24)
    a += _number(text, at)
    c = a + _number(text, at + 8) + _number(text, at + 16)
    return (c + last) & _ALL, (rotated(b + a + last, 21) + rotated(c, 44) + a) & _ALL


def mixed(u: int, v: int) -> int:
    """64 bits of 128. The multiplier is odd, so if one input is known, the other can be computed from the result."""
    v &= _ALL
    a = _shifted((u & _ALL ^ v) * MULTIPLIER & _ALL)
    return _shifted((v ^ a) * MULTIPLIER & _ALL) * MULTIPLIER & _ALL


def rotated(number: int, by: int) -> int:
    number &= _ALL
    return (number >> by | number << 64 - by) & _ALL


def _shifted(number: int) -> int:
    return number ^ number >> 47


def _number(text: bytes, at: int) -> int:
    return int.from_bytes(text[at : at + 8], "little")
