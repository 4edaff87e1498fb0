"""Finds texts for the hashes in a CatBoost model, which holds no names, so that its categories can be asked about."""

from __future__ import annotations

import string
from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

import numpy as np

from serving.runtimes.catboost import hashed
from serving.runtimes.cityhash import MULTIPLIER, rotated

UNSEEN = "never seen"
# Names that are common for categories of any kind.
_COMMON = [
    *("", "nan", "None", "null", "NA", "N/A", "unknown", "other", "missing", "true", "false", "True", "False"),
    *("yes", "no", "Yes", "No", "male", "female", *string.ascii_letters),
]
_WHOLE = range(-100, 10_000)
_MOST_KNOWN, _MOST_MADE = 100, 200
_LETTERS = np.zeros(256, bool)
_LETTERS[list((string.ascii_letters + string.digits).encode())] = True
# The second half of a text of 16 bytes. The first half follows from this and the hash.
_END = b"-made-up"
_TRIED = 1 << 18


def of(hashes: set[int], given: Iterable[str | int]) -> list[str | int]:
    """The names in the samples, and common ones, that the model knows. Each is a real one."""
    common = chain(given, _COMMON, _WHOLE)
    return list(islice(dict.fromkeys(each for each in common if hashed(each) in hashes), _MOST_KNOWN))


def made_up(hashes: set[int], columns: int) -> list[str]:
    """Made-up texts with the same hashes, which the model cannot tell from the real ones."""
    return [_text(each) for each in sorted(hashes)[: max(2, _MOST_MADE // columns)]]


def _text(hash_: int) -> str:
    """A text with this hash. CatBoost keeps 32 of 64 bits; the others are varied until the text is alphanumeric."""
    chance = np.random.default_rng(0)
    while True:
        halves = _first_halves(hash_, chance.integers(0, 1 << 32, _TRIED, np.uint64))
        found = halves[_LETTERS[halves].all(axis=1)]
        if len(found):
            return bytes(found[0]).decode() + _END.decode()


def _first_halves(hash_: int, high: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """CityHash64 of 16 bytes, backwards."""
    last = int.from_bytes(_END, "little")
    v, back = np.uint64(rotated(last + 16, 16)), np.uint64(pow(MULTIPLIER, -1, 1 << 64))
    by = np.uint64(47)
    b = (high << np.uint64(32) | np.uint64(hash_ & 0xFFFFFFFF)) ^ np.uint64(last)
    b *= back
    a = (b ^ b >> by) * back ^ v
    first = (a ^ a >> by) * back ^ v
    return first.astype("<u8").view(np.uint8).reshape(-1, 8)
