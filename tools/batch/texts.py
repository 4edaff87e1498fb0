"""Texts of strangers: read as JSON, written, and shown to a person. None of them ends more than itself."""

from __future__ import annotations

import json
from typing import Any

# Fewer brackets than that nest nothing too deeply.
_MANY = 400
# What stands around a value when it is written.
_ROOM = 50


def parsed(text: bytes | str) -> Any:
    """ValueError: it is no JSON, or nested so deeply that it could not be written again."""
    try:
        found = json.loads(text)
        if len(text) > _MANY:
            _held(text, found)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


def may_be_deep(text: bytes) -> bool:
    return len(text) > _MANY and text.count(b"[") + text.count(b"{") > _MANY


def written(value: Any) -> bytes:
    """Half of a character, which JSON may name, goes on as JSON names it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="backslashreplace")


def shown(text: str, most: int = 300) -> str:
    """On a terminal it is text and nothing else, and not much of it."""
    cut = text[:most] + ("…" if len(text) > most else "")
    return "".join(letter if letter.isprintable() else "�" for letter in cut)


def _held(text: bytes | str, found: Any) -> None:
    opened = text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")
    if opened > _MANY:
        for _ in range(_ROOM):
            found = [found]
        json.dumps(found)
