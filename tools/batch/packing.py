"""Inputs one after another into packs in the bucket, and the chunks that name their bytes.

Nothing is kept but the pack under way, which is a file, and the chunk under way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.batch import chunks, places
from tools.batch.chunks import Chunk
from tools.batch.given import Input
from tools.batch.store import Store

PACK_BYTES = 64_000_000
# A function holds a chunk in memory.
CHUNK_BYTES = 16_000_000


class Packs:
    """The packs of one batch: add a body, and close."""

    def __init__(self, store: Store, batch: str, folder: Path) -> None:
        self._store, self._batch = store, batch
        self._path = folder / "pack"
        self._file = self._path.open("wb")
        self._number = self.size = 0

    @property
    def key(self) -> str:
        return places.pack(self._batch, self._number)

    def add(self, content: bytes) -> None:
        self._file.write(content)
        self.size += len(content)

    def turn(self) -> None:
        """To the next one, if this one is large enough."""
        if self.size >= PACK_BYTES:
            self.close()
            self._number += 1
            self.size = 0
            self._file = self._path.open("wb")

    def close(self) -> None:
        self._file.close()
        if self.size:
            self._store.put_file(self.key, self._path)
        self._path.unlink()


@dataclass
class Part:
    """The chunk under way: from where in its pack on, and the sizes of what is in it."""

    first: int
    start: int
    count: int = 0
    size: int = 0
    sizes: list[int] = field(default_factory=list)

    def add(self, count: int, size: int) -> None:
        self.count += count
        self.size += size
        self.sizes.append(size)

    def chunk(self, form: str, bucket: str, key: str) -> Chunk:
        where = {"bucket": bucket, "key": key, "start": self.start}
        if form == "lines":
            return Chunk(self.first, self.count, {"lines": where | {"end": self.start + self.size}})
        return Chunk(self.first, self.count, {"pieces": where | {"sizes": self.sizes}})


def packed(store: Store, batch: str, form: str, inputs: Iterable[Input], most: int, folder: Path) -> Iterator[Chunk]:
    """Uploads them; most is how many go into a chunk."""
    packs = Packs(store, batch, folder)
    end = b"\n" if form == "lines" else b""
    part = Part(0, 0)
    for given in inputs:
        body, at, left = given.load() + end, 0, given.count
        while left:
            count, to = _fitting(body, at, left, most - part.count, CHUNK_BYTES - part.size)
            if not count and part.count:
                yield part.chunk(form, store.bucket, packs.key)
                packs.turn()
                part = Part(part.first + part.count, packs.size)
                continue
            count, to = (count, to) if count else _fitting(body, at, left, 1, len(body))
            packs.add(body[at:to])
            part.add(count, to - at)
            at, left = to, left - count
    if part.count:
        yield part.chunk(form, store.bucket, packs.key)
    packs.close()


def _fitting(body: bytes, at: int, left: int, most: int, room: int) -> tuple[int, int]:
    """How many of the lines that are left of a body, and where they end; of one that has no lines, itself."""
    if left <= most and len(body) - at <= room:
        return left, len(body)
    count, to = 0, at
    while left > 1 and count < most and (end := body.find(b"\n", to) + 1) - at <= room:
        count, to = count + 1, end
    return count, to


def listed(bucket: str, inputs: Iterable[Input], most: int) -> Iterator[Chunk]:
    """Of objects that are read where they are."""
    first, keys, length = 0, list[str](), 0
    for given in inputs:
        size = len(json.dumps(given.key)) + 1
        if keys and (len(keys) >= most or length + size > chunks.MOST_LISTED):
            yield Chunk(first, len(keys), {"objects": {"bucket": bucket, "keys": keys}})
            first, keys, length = first + len(keys), [], 0
        keys.append(given.key)
        length += size
    if keys:
        yield Chunk(first, len(keys), {"objects": {"bucket": bucket, "keys": keys}})
