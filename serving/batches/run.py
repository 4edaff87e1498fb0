"""Runs one chunk: reads it, answers it, writes the results and one log line."""

import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from serving import log
from serving.batches import chunk, inputs
from serving.batches.answering import Answering, Folder
from serving.batches.chunk import BadChunk
from serving.batches.results import Results, TooMuch
from serving.storage.objects import Objects, S3Busy, S3Refused
from serving.timing import Clock, timer

Given = TypeVar("Given")

# The part of the function's time that is reserved for writing the results.
_MS_TO_WRITE = 2000.0
_MEASURED = ("batch_inputs", "batch_failed", "batch_ms")


class TooSlow(RuntimeError):
    """The chunk would exceed the function's timeout. A retry would too, but a smaller chunk would not."""


# Expected errors, whose message is enough. Any other exception is a bug and gets its traceback logged.
_SAY_ALL = (BadChunk, TooMuch, TooSlow, S3Busy, S3Refused)


def run(folder: Folder, event: Any, context: object, request_id: str) -> dict[str, Any]:
    """Run a chunk; return the result for Step Functions, which recognises a failure only by an exception."""
    entry = folder.entry(request_id, "BATCH", "")
    entry.phases = folder.taken_start()
    try:
        wanted = chunk.read(event)
        entry.path = wanted.output.key
        return _done(folder, wanted, _time_left(context), entry)
    except Exception as error:
        entry.status, entry.code = 500, "chunk_failed"
        entry.traceback = None if isinstance(error, _SAY_ALL) else log.current_traceback()
        raise
    finally:
        log.write(entry)


def _done(folder: Folder, wanted: chunk.Chunk, check_time: Callable[[int], None], entry: log.Entry) -> dict[str, Any]:
    version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
    objects, results = Objects(), Results()
    answering = Answering(folder, wanted.output.key, wanted.first, version, check_time)
    try:
        with Clock(entry.request_id) as clock:
            for lines in _answers(wanted.inputs.form, objects, answering, folder.max_bytes):
                results.add(lines)
            with timer("write"):
                results.write(wanted.output, objects, answering.tally)
    finally:
        results.close()
        objects.close()
    found = clock.milliseconds()
    ms = found.pop("total")
    entry.status, entry.traceback = 200, answering.traceback
    entry.code = "internal_error" if answering.traceback else None
    entry.counts = {"batch_inputs": answering.inputs, "batch_failed": answering.failed, "batch_alone": answering.alone}
    entry.phases = {**entry.phases, **answering.phases, **found, "batch": ms}
    # Only on Lambda does the log become metrics.
    entry.measures = _MEASURED if entry.function else ()
    return {"inputs": answering.inputs, "failed": answering.failed, "ms": ms, "version": version}


def _answers(form: chunk.Form, objects: Objects, answering: Answering, most: int) -> Iterator[bytes]:
    if isinstance(form, chunk.Lines):
        for lines in _waited(inputs.lines(form, objects, most)):
            yield answering.lines(lines)
    else:
        for body in _waited(inputs.bodies(form, objects, most)):
            yield answering.body(body)


def _waited(coming: Iterator[Given]) -> Iterator[Given]:
    while True:
        with timer("read"):
            try:
                each = next(coming)
            except StopIteration:
                return
        yield each


def _time_left(context: object) -> Callable[[int], None]:
    """A function that, given the number of inputs answered, raises TooSlow if there is no time for another one."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    if not left:
        return lambda _: None
    kept = min(_MS_TO_WRITE, left() / 10)

    def check(done: int) -> None:
        if left() < kept:
            raise TooSlow(f"The function's time is up after {done:,} inputs of this chunk. Make the chunks smaller.")

    return check
