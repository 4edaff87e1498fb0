"""What the function has answered, chunk by chunk, put together with the inputs: a row an input, in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from tools.batch import places, texts
from tools.batch.chunks import Chunk
from tools.batch.plan import Plan
from tools.batch.store import Store

Row = dict[str, Any]
NOT_DONE = {"code": "not_done", "message": "The chunk of this input has failed, or was not begun."}


class WrongResultsError(Exception):
    """Results that are not those of their chunk."""


def lines(store: Store, key: str, chunk: Chunk) -> list[Row]:
    """The answers of a chunk, each in its place; KeyError if it is not done."""
    with store.open(key) as opened:
        found = [json.loads(line) for line in opened]
    wanted = list(range(chunk.first, chunk.first + chunk.count))
    if [answer["row"] for answer in found] != wanted:
        raise WrongResultsError(f"{key} does not hold the rows {wanted[0]} to {wanted[-1]}, each once and in order")
    return found


def rows(store: Store, plan: Plan, chunks: Iterator[Chunk], names: Iterator[str]) -> Iterator[Row]:
    for chunk in chunks:
        inputs = _inputs(store, chunk, names)
        try:
            answers = lines(store, places.result(plan.batch, chunk.first), chunk)
        except KeyError:
            answers = [_not_done(row) for row in range(chunk.first, chunk.first + chunk.count)]
        for answer in answers:
            yield _row(answer, next(inputs))


def _row(answer: Row, given: Any) -> Row:
    """In the order in which one reads it."""
    said: Row = {name: answer[name] for name in ("output", "status", "error", "version", "ms") if name in answer}
    return {"row": answer["row"], "input": given, **said}


def _not_done(row: int) -> Row:
    return {"row": row, "status": 0, "error": NOT_DONE}


def _inputs(store: Store, chunk: Chunk, names: Iterator[str]) -> Iterator[Any]:
    """Its name, or of a row the row itself."""
    [(form, where)] = chunk.inputs.items()
    if form == "objects":
        yield from (f"s3://{where['bucket']}/{key}" for key in where["keys"])
    elif form == "pieces":
        yield from (next(names) for _ in range(chunk.count))
    else:
        with store.open(where["key"], where["start"], where["end"]) as opened:
            yield from (as_said(line) for line in opened)


def as_said(line: bytes) -> Any:
    """A line that is no JSON, or cannot be written as such, is its text."""
    try:
        return texts.parsed(line)
    except ValueError:
        return line.decode(errors="replace").rstrip("\n")


def named(store: Store, batch: str) -> Iterator[str]:
    """Of a batch of pictures that were packed, what they are called."""
    with store.open(places.names(batch)) as opened:
        yield from (json.loads(line) for line in opened)


def tally(opened: IO[bytes]) -> tuple[int, int, float]:
    """Of a chunk's results: how many, how many failed, and their milliseconds."""
    count = failed = 0
    took = 0.0
    for line in opened:
        answer = json.loads(line)
        count += 1
        failed += "error" in answer
        took += answer.get("ms", 0.0)
    return count, failed, took
