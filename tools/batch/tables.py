"""The text of a table: a line at a time, or at once as many lines as are nothing but numbers, as most are.

Such a line is JSON as it stands. To look at each of its cells takes ten times as long as what the model does with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import IO

from tools.batch.given import BLOCK, MOST_LINE

# As JSON and Python write the same ones: no 007, no .5, nothing that is infinite.
_NUMBER = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,16})?"
_LONG_LINE = 1 << 16
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


class NoTableError(Exception):
    """Why it is no table, or its columns do not fit; its text is for a person."""


class Lines(Iterator[str]):
    """Each with its end. No more of them are held than a block."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._block, self._at = "", 0
        self.number = 0

    def __next__(self) -> str:
        if not self._is_more():
            raise StopIteration
        found = _LINE.match(self._block, self._at)
        assert found
        self._at = found.end()
        self.number += 1
        self._check(found[0])
        return found[0]

    def numbers(self, width: int | None) -> str:
        """Lines that come next and are so many numbers each, whole ones; some of them, or none."""
        # In a larger block is a very long line, whose every cell the pattern would remember.
        found = _numbers(width).match(self._block, self._at) if self._is_more() <= BLOCK + _LONG_LINE else None
        if not found:
            return ""
        self._at = found.end()
        self.number += found[0].count("\n")
        return found[0]

    def _is_more(self) -> int:
        """How large the block is that is not gone through yet."""
        if self._at == len(self._block):
            self._block, self._at = self._file.read(BLOCK) + self._file.readline(MOST_LINE + 1), 0
        return len(self._block)

    def _check(self, line: str) -> None:
        if len(line) > MOST_LINE:
            raise NoTableError(f"its line {self.number:,} is longer than {MOST_LINE:,}, which no request may be")
        if not line.isascii() and not _is_text(line):
            raise NoTableError(f"its line {self.number:,} is not UTF-8: save the table as UTF-8 first")


def bodies(text: str, body: str, width: int | None) -> bytes:
    """Of such lines. `body` is one, with %s for each cell; without a width, one for all cells of a line."""
    rows = text.replace("\r", "")[:-1]
    if width is None:
        before, after = (body % "\0").split("\0")
        return (before + rows.replace("\n", f"{after}\n{before}") + after).encode()
    return "\n".join([body % tuple(row.split(",")) for row in rows.split("\n")]).encode()


@lru_cache
def _numbers(width: int | None) -> re.Pattern[str]:
    # Not possessive: up to 3.11.4 Python then takes half a line. A hundred, for it remembers each of them.
    others = "*" if width is None else f"{{{width - 1}}}"
    return re.compile(rf"(?:{_NUMBER}(?:,{_NUMBER}){others}\r?\n){{1,100}}")


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True
