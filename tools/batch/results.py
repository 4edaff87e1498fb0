"""What the function has answered, chunk by chunk, put together with the inputs: a row an input, in their order.

Of inputs and answers no more is read than what tells them apart. They are JSON, and go on as they stand.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from tools.batch import places, texts
from tools.batch.chunks import Chunk
from tools.batch.plan import Plan
from tools.batch.store import Store, read

# Chunks that are read while one is put together.
AHEAD = 2


class Row(msgspec.Struct, omit_defaults=True, gc=False):
    """In the order in which one reads it."""

    row: int
    input: Raw | UnsetType = UNSET
    output: Raw | UnsetType = UNSET
    status: int | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    version: str | UnsetType = UNSET
    ms: float | UnsetType = UNSET

    def copied(self) -> Row:
        """Its JSON is a part of its whole chunk's, which this one does not hold."""
        parts = {name: getattr(self, name) for name in ("input", "output", "error")}
        return msgspec.structs.replace(self, **{name: part.copy() for name, part in parts.items() if part})


NOT_DONE = Raw(b'{"code":"not_done","message":"The chunk of this input has failed, or was not begun."}')
_ROWS, _VALUES = msgspec.json.Decoder(Row), msgspec.json.Decoder(Raw)


class WrongResultsError(Exception):
    """Results that are not those of their chunk."""


@dataclass(frozen=True)
class Done:
    """A chunk with its rows, and where its inputs are lines, those."""

    chunk: Chunk
    rows: list[Row]
    bodies: list[bytes]
    is_done: bool


def lines(store: Store, key: str, chunk: Chunk) -> list[Row]:
    """The answers of a chunk, each in its place; KeyError if it is not done."""
    return _answers(read(store, key), key, chunk)


def _answers(content: bytes, key: str, chunk: Chunk) -> list[Row]:
    wanted = range(chunk.first, chunk.first + chunk.count)
    try:
        content.decode()
        found = _rows(content)
    except (ValueError, RecursionError) as error:
        raise WrongResultsError(f"{key} is none of a function's results: {error}") from error
    if [answer.row for answer in found] != list(wanted):
        raise WrongResultsError(f"{key} does not hold the rows {wanted[0]} to {wanted[-1]}, each once and in order")
    return found


def _rows(content: bytes) -> list[Row]:
    try:
        return _ROWS.decode_lines(content)
    except (msgspec.DecodeError, RecursionError):
        return [_row(line) for line in content.split(b"\n") if line]


def _row(line: bytes) -> Row:
    """What a folder has written as JSON by itself may have half of a character in it, or NaN, which becomes null."""
    said = texts.parsed(line, lambda _: None)
    if not isinstance(said, dict):
        raise ValueError("a line is no JSON object")
    parts = {name: _named(said.pop(name)) for name in ("output", "error") if name in said}
    return msgspec.structs.replace(msgspec.convert(said, Row), **parts)


def done(store: Store, plan: Plan, chunks: Iterator[Chunk], names: Iterator[Raw]) -> Iterator[Done]:
    """Chunk by chunk; the next ones are read meanwhile."""
    waiting: deque[tuple[Chunk, Future[bytes], Future[bytes | None]]] = deque()
    with ThreadPoolExecutor(2) as pool:
        for chunk in chunks:
            result = places.result(plan.batch, chunk.first)
            waiting.append((chunk, pool.submit(_inputs, store, chunk), pool.submit(_read, store, result)))
            if len(waiting) > AHEAD:
                yield _put_together(plan, *waiting.popleft(), names)
        while waiting:
            yield _put_together(plan, *waiting.popleft(), names)


def _put_together(
    plan: Plan, chunk: Chunk, inputs: Future[bytes], answers: Future[bytes | None], names: Iterator[Raw]
) -> Done:
    content = answers.result()
    if content is None:
        rows = [Row(n, status=0, error=NOT_DONE) for n in range(chunk.first, chunk.first + chunk.count)]
    else:
        rows = _answers(content, places.result(plan.batch, chunk.first), chunk)
    bodies = inputs.result().removesuffix(b"\n").split(b"\n")
    for row, given in zip(rows, _given(chunk, bodies, names), strict=True):
        row.input = given
    return Done(chunk, rows, bodies, content is not None)


def _read(store: Store, key: str) -> bytes | None:
    try:
        return read(store, key)
    except KeyError:
        return None


def _inputs(store: Store, chunk: Chunk) -> bytes:
    """Where they are lines."""
    where = chunk.inputs.get("lines")
    if not where:
        return b""
    with store.open(where["key"], where["start"], where["end"]) as opened:
        return opened.read()


def _given(chunk: Chunk, bodies: list[bytes], names: Iterator[Raw]) -> list[Raw]:
    """Its name, or of a row the row itself."""
    [(form, where)] = chunk.inputs.items()
    if form == "objects":
        return [_named(f"s3://{where['bucket']}/{key}") for key in where["keys"]]
    if form == "pieces":
        return list(islice(names, chunk.count))
    return as_said(bodies)


def as_said(bodies: list[bytes]) -> list[Raw]:
    """A line that is no JSON, or cannot be written as such, is its text."""
    content = b"\n".join(bodies)
    try:
        content.decode()
        found = _VALUES.decode_lines(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = []
    # one that goes over two lines is none
    if len(found) != len(bodies) or b"\n".join(found) != content:
        return [_said(body) for body in bodies]
    return [_said(body) if texts.is_strange(body) else value for body, value in zip(bodies, found, strict=True)]


def _said(body: bytes) -> Raw:
    if not texts.is_strange(body):
        with suppress(ValueError, RecursionError):
            body.decode()
            return _VALUES.decode(body).copy()
    try:
        return _named(texts.parsed(body))
    except ValueError:
        return _named(body.decode(errors="replace"))


def _named(value: Any) -> Raw:
    return Raw(texts.written(value))


def named(store: Store, batch: str) -> Iterator[Raw]:
    """Of a batch of pictures that were packed, what they are called."""
    with store.open(places.names(batch)) as opened:
        yield from (_named(json.loads(line)) for line in opened)


class Tally(NamedTuple):
    """Of a chunk's results: how many, how many failed, and their milliseconds."""

    rows: int
    failed: int
    ms: float


def tally(rows: list[Row]) -> Tally:
    return Tally(len(rows), sum(row.error is not UNSET for row in rows), sum(row.ms or 0.0 for row in rows))


def tallied(store: Store, key: str) -> Tally:
    """As the function has said it. One that was deployed long ago does not, and then its results are read."""
    said = store.about(key)
    try:
        return Tally(int(said["inputs"]), int(said["failed"]), float(said["ms"]))
    except (KeyError, ValueError):
        return tally(_rows(read(store, key)))
