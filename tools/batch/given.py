"""One input, and why something is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

# Of JSON lines, which are a request body each, and of the rows of a table.
MOST_LINE = 6_000_000
# Of lines, that are gone through at once.
BLOCK = 1 << 20
# What no function takes. Of a body that is longer one byte more goes to it, and it says so of that body alone.
MOST_BODY = 6 * 1024 * 1024


class UnusableError(Exception):
    """Why it is no input; its text is for a person."""


@dataclass(frozen=True, slots=True)
class Input:
    """Or many of them that are lines: most of their time would be taken by what is done for each."""

    name: str  # a picture's; a row has none
    size: int
    mark: bytes  # another one where the content is another
    load: Callable[[], bytes]
    key: str = ""  # of an object that is read where it is
    count: int = 1

    def each(self) -> Iterator[Input]:
        if self.count == 1:
            yield self
        else:
            yield from map(of_lines, self.load().split(b"\n"))


@dataclass
class Remarks:
    """Of an input that is being gone through, what a person is told."""

    left_out: int = 0
    head: str = ""


def of_lines(text: bytes) -> Input:
    """A body each; the last has no end."""
    count = text.count(b"\n") + 1
    return Input("", len(text), text, lambda: text, count=count)


def grouped(bodies: Iterable[bytes]) -> Iterator[Input]:
    """Lines, until they are a block."""
    held, size = list[bytes](), 0
    for body in bodies:
        held.append(body)
        size += len(body)
        if size >= BLOCK:
            yield of_lines(b"\n".join(held))
            held, size = [], 0
    if held:
        yield of_lines(b"\n".join(held))
