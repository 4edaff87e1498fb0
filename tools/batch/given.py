"""One input, and why something is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Of JSON lines, which are a request body each, and of the rows of a table.
MOST_LINE = 6_000_000
# What no function takes. Of a body that is longer one byte more goes to it, and it says so of that body alone.
MOST_BODY = 6 * 1024 * 1024


class UnusableError(Exception):
    """Why it is no input; its text is for a person."""


@dataclass(frozen=True, slots=True)
class Input:
    name: str  # a picture's; a row has none
    size: int
    mark: bytes  # another one where the content is another
    load: Callable[[], bytes]
    key: str = ""  # of an object that is read where it is


@dataclass
class Remarks:
    """Of an input that is being gone through, what a person is told."""

    left_out: int = 0
    head: str = ""
