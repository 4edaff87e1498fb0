"""Inputs come out of an object as they are in it, wherever the parts that are read begin and end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import buckets
import serving
from buckets import Bucket
from serving.batches import chunk, inputs
from serving.batches.answering import media_type
from serving.batches.inputs import Body
from serving.requests.messages import JSON
from serving.storage.objects import Found, Objects

MOST = 50


class Memory:
    """An object in memory, between what is another chunk's."""

    def __init__(self, content: bytes, start: int) -> None:
        self.content = b"\n" * start + content + b"after"
        self.asked: list[int] = []

    def get(self, bucket: str, key: str, start: int, size: int) -> Found:
        self.asked.append(size)
        return Found(self.content[start : start + size], len(self.content))


@pytest.fixture(autouse=True, scope="module")
def small_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inputs, "PART", 16)
        patched.setattr(inputs, "GROUP", 5)
        yield


def cut(body: bytes) -> bytes:
    return body if len(body) <= MOST else b"too long"


def bodies_of(content: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[bytes]]:
    return st.lists(content, min_size=1, max_size=12)


@given(
    bodies_of(st.binary(max_size=120).map(lambda line: line.replace(b"\n", b" "))), st.booleans(), st.integers(0, 40)
)
@example([b"x" * 64], True, 0)  # Its end is the first byte of a part.
def test_every_line_is_one_input(lines: list[bytes], ended: bool, start: int) -> None:
    content = b"\n".join(lines) + b"\n" * ended
    # Of what does not end in one, nothing after the last end is no line.
    expected = lines if ended or lines[-1] else lines[:-1]
    if not content or content.startswith(b"\x1f\x8b"):
        return
    memory: Any = Memory(content, start)
    form = chunk.Lines("a-bucket", "k", start, start + len(content))
    found = [line for group in inputs.lines(form, memory, MOST) for line in group]
    assert list(map(cut, found)) == list(map(cut, expected))
    assert max(memory.asked) <= 16


@given(bodies_of(st.binary(max_size=120)), st.integers(0, 40))
@example([b"x" * (MOST + 1)], 0)
def test_every_piece_is_one_input(pieces: list[bytes], start: int) -> None:
    memory: Any = Memory(b"".join(pieces), start)
    form = chunk.Pieces("a-bucket", "k", start, list(map(len, pieces)))
    found = [body.content for body in inputs.bodies(form, memory, MOST) if isinstance(body, Body)]
    assert list(map(cut, found)) == list(map(cut, pieces))
    # A part, or one that is longer; of one that is too long no more than tells that it is.
    assert max(memory.asked, default=0) <= max(16, *(min(len(piece), MOST + 1) for piece in pieces))


@pytest.mark.parametrize(
    ("content", "said", "type_"),
    [
        (b"\xff\xd8", "", "image/*"),
        (b"\xff\xd8", "image/png", "image/png"),
        (b"\xff\xd8", "audio/wav", "audio/wav"),
        (b"\xff\xd8", "audio/mp3", "image/*"),
        (b"\xff\xd8", JSON, JSON),
        (b" {}", "", JSON),
        (b"\n[]", "binary/octet-stream", JSON),
        (b"{}", "image/png", "image/png"),
        (b"", "", "image/*"),
    ],
)
def test_what_a_body_is_taken_for(content: bytes, said: str, type_: str) -> None:
    assert media_type((JSON, "image/*", "audio/wav"), Body(content, said)) == type_
    assert media_type((JSON,), Body(content, said)) == JSON


def test_what_is_written_is_what_was_signed_for(
    bucket: Bucket, table_handler: Callable[..., serving.Handler[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def put(_: Objects, bucket: str, key: str, blocks: Any, size: int, sha256: str, type_: str, about: Any) -> None:
        # Twice, as it is where the first try fails.
        for _try in range(2):
            content = b"".join(blocks())
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256)
        written.append((bucket, key, type_, content.count(b"\n")))

    event = buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 9))
    monkeypatch.setattr(Objects, "put", put)
    table_handler()(event)
    assert written == [(buckets.NAME, buckets.OUTPUT, "application/jsonl", 9)]
