"""Lines that have been gone through once, for the second time: to make them takes longer than to read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.batch.given import BLOCK, Input, of_lines

# On the disk, for as long as a run. Of what is more, nothing is kept.
MOST = 1_000_000_000


def keeping(inputs: Iterable[Input], folder: Path) -> Iterator[Input]:
    """As they are. When all are gone through, they are there, whole."""
    size, part = 0, folder / "lines.part"
    with part.open("wb") as to:
        for given in inputs:
            size += given.size + 1
            if size <= MOST:
                to.write(given.load() + b"\n")
            yield given
    if size <= MOST:
        part.replace(_file(folder))
    else:
        part.unlink()


def are_there(folder: Path) -> bool:
    return _file(folder).exists()


def lines(folder: Path) -> Iterator[Input]:
    with _file(folder).open("rb") as file:
        while block := file.read(BLOCK):
            yield of_lines((block + file.readline())[:-1])


def _file(folder: Path) -> Path:
    return folder / "lines"
