"""A bucket made of a folder, and a function that answers a chunk from it: a batch without AWS."""

from __future__ import annotations

import io
import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tools.batch import chunks, pack, places
from tools.batch.chunks import Chunk
from tools.batch.inputs import Source
from tools.batch.plan import Plan
from tools.batch.store import Object

PLAN = Plan(
    batch="0123456789",
    source="input.csv",
    output="input.results.jsonl",
    form="lines",
    count=0,
    bytes=0,
    chunk=100,
    chunks=0,
    concurrency=2,
    function="x-local",
    version="3",
    path="/predict",
    memory_mb=1024,
    architecture="x86_64",
    region="us-east-1",
    input_ms=2.0,
    chunk_ms=100.0,
    when="2026-11-26T10:00:00+00:00",
)


@dataclass
class Folder:
    path: Path
    bucket: str = "a-bucket"
    said: dict[str, dict[str, str]] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        self._made(key).write_bytes(content)

    def put_file(self, key: str, file: Path) -> None:
        shutil.copyfile(file, self._made(key))

    def open(self, key: str, start: int = 0, end: int | None = None) -> IO[bytes]:
        try:
            file = (self.path / key).open("rb")
        except FileNotFoundError:
            raise KeyError(key) from None
        if not start and end is None:
            return file
        with file:
            file.seek(start)
            return io.BytesIO(file.read(None if end is None else end - start))

    def objects(self, prefix: str) -> Iterator[Object]:
        for file in sorted((self.path / prefix).rglob("*")):
            if file.is_file():
                yield Object(file.relative_to(self.path).as_posix(), file.stat().st_size, str(file.stat().st_mtime_ns))

    def about(self, key: str) -> dict[str, str]:
        return self.said.get(key, {})

    def _made(self, key: str) -> Path:
        file = self.path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        return file


def packed(store: Folder, plan: Plan, source: Source, work: Path) -> Plan:
    work.mkdir(exist_ok=True)
    return pack.packed(plan, store, source, work)


def listed(store: Folder, plan: Plan) -> list[Chunk]:
    with store.open(places.chunks(plan.batch)) as lines:
        return list(chunks.read(lines, plan.count))


def bodies(store: Folder, chunk: Chunk) -> list[bytes]:
    """What the function reads."""
    [(form, where)] = chunk.inputs.items()
    if form == "lines":
        with store.open(where["key"], where["start"], where["end"]) as opened:
            return [line.rstrip(b"\n") for line in opened]
    if form == "objects":
        return [store.open(key).read() for key in where["keys"]]
    ends = [where["start"]]
    for size in where["sizes"]:
        ends.append(ends[-1] + size)
    return [store.open(where["key"], start, end).read() for start, end in itertools.pairwise(ends)]


def answer(store: Folder, plan: Plan, chunk: Chunk) -> None:
    """A body that holds `bad` fails."""
    lines: list[dict[str, Any]] = []
    for row, body in enumerate(bodies(store, chunk), chunk.first):
        said: dict[str, Any] = {"output": len(body)}
        if b"bad" in body:
            said = {"status": 400, "error": {"code": "bad"}}
        lines.append({"row": row, **said, "ms": 2.0, "version": "3"})
    store.put(places.result(plan.batch, chunk.first), b"".join(json.dumps(line).encode() + b"\n" for line in lines))
