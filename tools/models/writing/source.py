"""Writes Python as a person would: names, literals, and lines of limited length."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterable, Sequence
from typing import Any

_WIDTH = 120
# Nobody would type a longer identifier. JSON has the whole name.
_LONGEST_NAME = 40
# A field with such a name would hide the type from the fields below it.
_TAKEN = {"bool", "dict", "float", "int", "list", "msgspec", "str"}


def identifiers(names: Sequence[str]) -> list[str]:
    """Unique identifiers for these names, for use as fields."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII)[:_LONGEST_NAME].strip("_") or "field"
        if plain[0].isdigit():
            plain = f"field_{plain}"
        elif keyword.iskeyword(plain) or plain in _TAKEN:
            plain += "_"
        once, number = plain, 2
        while once in found:
            once, number = f"{plain}_{number}", number + 1
        found.append(once)
    return found


def said(words: str) -> str:
    """Words for a docstring, which must not be able to end it: they may come from a stranger's file."""
    return re.sub(r"[^\w ,.:;()/→-]", " ", words)[:100]


def plain(words: str) -> str:
    """Words for a line or a cell of Markdown, which must not be able to break out of it."""
    return "".join(each if each.isprintable() and each not in "`|" else " " for each in words)


def field(identifier: str, name: str, type_: str) -> list[str]:
    """A field of a struct, indented; with another name in JSON if Python does not allow that one."""
    alias = "" if identifier == name else f" = msgspec.field(name={literal(name)})"
    return [f"    {line}" for line in wrapped(f"{identifier}: {type_}{alias}", _WIDTH - 4)]


def handler(title: str, description: str, arguments: Iterable[str]) -> list[str]:
    """The last statement of an app."""
    always = ["load,", "predict,", f"title={literal(title)},", f"description={literal(description)},"]
    inside = [*always, *(line for argument in arguments for line in wrapped(argument, _WIDTH - 4))]
    return ["handler = serving.Handler(", *(f"    {line}" for line in inside), ")"]


def literal(value: Any) -> str:
    """A Python literal, with the quotes that formatters prefer."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value.isprintable() else ascii(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)


def wrapped(line: str, width: int = _WIDTH) -> list[str]:
    """The line or, if it is too long, its outermost brackets split into one item per line."""
    if len(line) <= width:
        return [line]
    start, end = _outermost(line)
    if start < 0:
        return [line]
    inner: list[str] = []
    for item in _items(line[start + 1 : end]):
        inner += [f"    {each}" for each in wrapped(f"{item},", width - 4)]
    return [line[: start + 1], *inner, *wrapped(line[end:], width)]


def _outermost(line: str) -> tuple[int, int]:
    """The positions of the widest pair of brackets."""
    best, opened = (-1, -1), []
    for place, letter in _outside_of_strings(line):
        if letter in "([{":
            opened.append(place)
        elif letter in ")]}":
            start = opened.pop()
            if not opened and place - start > best[1] - best[0] and place > start + 1:
                best = (start, place)
    return best


def _items(text: str) -> list[str]:
    depth, start, found = 0, 0, []
    for place, letter in _outside_of_strings(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            found.append(text[start:place].strip())
            start = place + 1
    return [*found, text[start:].strip()]


def _outside_of_strings(text: str) -> Iterable[tuple[int, str]]:
    quote, escaped = "", False
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and not escaped else quote
            escaped = letter == "\\" and not escaped
        elif letter in "\"'":
            quote = letter
        else:
            yield place, letter
