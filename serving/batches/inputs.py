"""Reads a chunk's inputs from S3, in order, holding no more than a few parts of their object at once.

The next part is read while the previous one is answered.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import msgspec

from serving.batches import chunk
from serving.batches.chunk import BadChunk
from serving.requests.errors import Refused
from serving.storage.objects import Objects, S3Refused

Wanted = TypeVar("Wanted")
Read = TypeVar("Read")

PART = 4 << 20
# The bytes of lines answered together: few enough for a processor's cache, enough to make a call of the model worth it.
GROUP = 64 << 10
# Together with the one being answered, they fit into the memory that serving.pictures keeps free.
AT_ONCE = 5
_GZIP = b"\x1f\x8b"
_WHY = {404: ("input_not_found", "is not there"), 403: ("input_not_allowed", "may not be read, or is not there")}


class Body(msgspec.Struct, frozen=True):
    """A body and its content type in S3."""

    content: bytes
    content_type: str = ""


def lines(form: chunk.Lines, objects: Objects, most: int) -> Iterator[list[bytes]]:
    """Groups of lines. A line longer than `most` bytes may be cut short, but not to `most` bytes or less."""
    starts = range(form.start, form.end, PART)
    parts = _ahead(starts, lambda start: _part(form, start, min(PART, form.end - start), objects), 1)
    rest = b""
    for part in parts:
        text, at = rest + part, 0
        while end := _end_of_group(text, at):
            yield text[at : end - 1].split(b"\n")
            at = end
        rest = text[at : at + max(PART, most + 1)]
    if rest:
        yield [rest]


def bodies(form: chunk.Pieces | chunk.Objects, objects: Objects, most: int) -> Iterator[Body | Refused]:
    """The bodies, one by one. One longer than `most` bytes may be cut short, but not to `most` bytes or less."""
    if isinstance(form, chunk.Objects):
        return _ahead(form.keys, lambda key: _object(form.bucket, key, objects, most), AT_ONCE)
    return _pieces(form, objects, most)


def _ahead(wanted: Iterable[Wanted], read: Callable[[Wanted], Read], at_once: int) -> Iterator[Read]:
    waiting: deque[Future[Read]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for each in wanted:
            waiting.append(pool.submit(read, each))
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _part(form: chunk.Lines | chunk.Pieces, start: int, size: int, objects: Objects) -> bytes:
    found = objects.get(form.bucket, form.key, start, size) if size else None
    if not found:
        return b""
    if len(found.content) < size:
        at = f"s3://{form.bucket}/{form.key} ends at {found.size:,}"
        raise BadChunk(f"{at}, and the chunk reaches to {start + size:,}: it has changed since it was counted.")
    if isinstance(form, chunk.Lines) and ("gzip" in found.encoding or (not start and found.content[:2] == _GZIP)):
        raise BadChunk(
            f"s3://{form.bucket}/{form.key} is compressed. A batch reads lines as they are: unpack it first."
        )
    return found.content


def _end_of_group(text: bytes, at: int) -> int:
    """The offset after the last line of the group that starts at `at`; 0 if no line ends."""
    return (text.rfind(b"\n", at, at + GROUP) + 1) or (text.find(b"\n", at + GROUP) + 1)


def _pieces(form: chunk.Pieces, objects: Objects, most: int) -> Iterator[Body]:
    def read(run: tuple[int, list[int]]) -> tuple[bytes, list[int]]:
        start, sizes = run
        # A piece that is too long is read on its own: see `_runs`.
        return _part(form, start, min(sum(sizes), max(PART, most + 1)), objects), sizes

    for content, sizes in _ahead(_runs(form), read, 1):
        at = 0
        for size in sizes:
            yield Body(content[at : at + size])
            at += size


def _runs(form: chunk.Pieces) -> Iterator[tuple[int, list[int]]]:
    """Offsets to read at, with the sizes of the pieces there: at most one part in all, or a single piece."""
    at, total = form.start, 0
    sizes: list[int] = []
    for size in form.sizes:
        if sizes and total + size > PART:
            yield at, sizes
            at, total, sizes = at + total, 0, []
        sizes.append(size)
        total += size
    yield at, sizes


def _object(bucket: str, key: str, objects: Objects, most: int) -> Body | Refused:
    try:
        found = objects.get(bucket, key, 0, most + 1)
    except S3Refused as refused:
        if refused.status not in _WHY:
            raise
        code, reason = _WHY[refused.status]
        return Refused(refused.status, f"s3://{bucket}/{key} {reason}.", code=code)
    return Body(found.content, found.content_type)
