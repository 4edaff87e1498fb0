"""Inputs one after another into packs in the bucket, and the chunks that name their bytes.

Nothing is kept but the pack under way, which is a file, and the chunk under way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

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


def packed(store: Store, batch: str, form: str, inputs: Iterable[Input], most: int, folder: Path) -> Iterator[Chunk]:
    """Uploads them; most is how many go into a chunk."""
    packs = Packs(store, batch, folder)
    end = b"\n" if form == "lines" else b""
    first, start, sizes = 0, 0, list[int]()
    for given in inputs:
        body = given.load() + end
        if sizes and (len(sizes) >= most or packs.size - start + len(body) > CHUNK_BYTES):
            yield Chunk(first, len(sizes), _inputs(store.bucket, packs.key, form, start, sizes))
            first += len(sizes)
            packs.turn()
            start, sizes = packs.size, []
        packs.add(body)
        sizes.append(len(body))
    if sizes:
        yield Chunk(first, len(sizes), _inputs(store.bucket, packs.key, form, start, sizes))
    packs.close()


def _inputs(bucket: str, key: str, form: str, start: int, sizes: list[int]) -> dict[str, Any]:
    where = {"bucket": bucket, "key": key, "start": start}
    if form == "lines":
        return {"lines": where | {"end": start + sum(sizes)}}
    return {"pieces": where | {"sizes": sizes}}


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
