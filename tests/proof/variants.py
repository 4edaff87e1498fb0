"""Cases like another one: a part of it at any depth is another value, or a text in it is longer, shorter, cut or bent.

Drawing a case takes Hypothesis longer than trying it, so each that it draws is tried in many variants.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

from proof.kind import words

VALUES: list[Any] = [None, True, False, 0, -1, 2**63, 10**400, 1e308, -0.0, "", [], {}, [[]], {"": {}}, "\0", "\ud800"]
WORDS = words("""
\\ " ' { } [ ] [[[[[[ : , ; = == % %00 %ff @ # ? & / // ../ http:// 127.0.0.1 ::1 [::ffff:127.0.0.1] . .. - + _ é 😀
null NaN 1e999 -1 0x7f 0 application/json image/png
""")
WORDS += [
    "\r\n",
    "\n",
    "\0",
    "\t",
    " ",
    "\x7f",
    "\x85",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud800",
    "\udfff",
    "\uff11",
    "a" * 300,
]
WORDS += ["\r\ntransfer-encoding: chunked\r\n", "\r\ncontent-length: 5\r\n", "\r\n\r\n", "[" * 2000]


def variants(
    case: dict[str, Any], varied: Sequence[str], chance: random.Random, count: int
) -> Iterator[dict[str, Any]]:
    """It first, as it is. Of the others, parts of these names differ."""
    yield case
    for _ in range(count - 1):
        changed = copy.deepcopy(case)
        for _ in range(chance.choice((1, 1, 2, 4))):
            name = chance.choice(varied)
            changed[name] = _other(changed[name], chance, is_event=name == "event")
        yield changed


def _other(value: Any, chance: random.Random, *, is_event: bool) -> Any:
    """In an event any value may be any other, for it is whatever its sender likes."""
    if isinstance(value, dict | list) and value:
        at: Any = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if is_event and chance.random() < 0.1:
            return _reshaped(value, at, chance)
        value[at] = _other(value[at], chance, is_event=is_event)
        return value
    if is_event and chance.random() < 0.1:
        return copy.deepcopy(chance.choice(VALUES))
    if isinstance(value, str):
        return _bent(value, chance)
    if isinstance(value, bytes):
        return _bent(value.decode("latin-1"), chance).encode("latin-1", "replace")
    return value


def _reshaped(value: Any, at: Any, chance: random.Random) -> Any:
    if isinstance(value, list):
        return [*value, *value[:3]] if chance.random() < 0.5 else value[:-1]
    if chance.random() < 0.5:
        value[chance.choice(WORDS)] = copy.deepcopy(value[at])
    else:
        del value[at]
    return value


def _bent(text: str, chance: random.Random) -> str:
    at, other = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
    match chance.randrange(6):
        case 0:
            return text[:at] + text[at + chance.randint(1, 4) :]
        case 1:
            return text[:at] + text[other:]
        case 2:
            return text[:other] + text[at:other] + text[other:]
        case 3:
            return text[:at] + chr(chance.choice((0, 10, 127, 255, chance.randrange(256)))) + text[at + 1 :]
        case _:
            return text[:at] + chance.choice(WORDS) + text[at:]
