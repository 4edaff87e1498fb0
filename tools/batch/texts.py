"""Texts of strangers: read as JSON, written, and shown to a person. None of them ends more than itself."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

# Fewer brackets than that nest nothing too deeply.
_MANY = 400
# Python reads no whole number of more digits.
_DIGITS = 4300
_LONG = re.compile(rb"[0-9]{%d}" % _DIGITS)
# What stands around a value when it is written.
_ROOM = 50


def parsed(text: bytes | str, other: Callable[[str], Any] | None = None) -> Any:
    """ValueError: it is no JSON, or nested so deeply that it could not be written again.

    other: what becomes of NaN and infinite numbers, which Python takes for JSON; without it, they are none.
    """
    constant = other or _refused
    try:
        found = json.loads(text, parse_constant=constant, parse_float=lambda number: _finite(number, constant))
        if len(text) > _MANY:
            _held(text, found)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


def is_strange(text: bytes) -> bool:
    """Whether JSON that is valid may be too much for who reads it next: too deep, or a number too long for Python."""
    if len(text) <= _MANY:
        return False
    return text.count(b"[") + text.count(b"{") > _MANY or (len(text) > _DIGITS and bool(_LONG.search(text)))


def written(value: Any) -> bytes:
    """Half of a character, which JSON may name, goes on as JSON names it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="backslashreplace")


def shown(text: str, most: int = 300) -> str:
    """On a terminal it is text and nothing else, and not much of it."""
    cut = text[:most] + ("…" if len(text) > most else "")
    return "".join(letter if letter.isprintable() else "�" for letter in cut)


def _finite(number: str, other: Callable[[str], Any]) -> Any:
    found = float(number)
    return found if math.isfinite(found) else other(number)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _held(text: bytes | str, found: Any) -> None:
    opened = text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")
    if opened > _MANY:
        for _ in range(_ROOM):
            found = [found]
        json.dumps(found)
