"""A chunk's results: one line of JSON each, collected in a file and then written to S3 at once.

So an object of results is complete or does not exist, and memory does not grow with the chunk.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import Any

import msgspec
from msgspec import UNSET

from serving.batches.chunk import Output
from serving.requests.messages import JSON, Response
from serving.storage.objects import Objects

_BLOCK = 1 << 20


class TooMuch(RuntimeError):
    """The results do not fit in /tmp. Those of a smaller chunk would."""


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    row: int
    # For an input that was answered.
    output: Any = UNSET
    # For one that was refused or failed: the API's status, and its body for that status.
    status: int = 0
    error: Any = UNSET
    ms: float = -1.0
    # The version of the Lambda function.
    version: str = ""


class Results:
    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115
        self._digest = hashlib.sha256()

    def add(self, lines: bytes) -> None:
        with _fitting():
            self._file.write(lines)
        self._digest.update(lines)

    def write(self, output: Output, objects: Objects, about: Mapping[str, object]) -> None:
        with _fitting():
            self._file.flush()
        size = self._file.tell()
        digest = self._digest.hexdigest()
        objects.put(output.bucket, output.key, self._blocks, size, digest, "application/jsonl", about)

    def close(self) -> None:
        # It tries once more to write what a full disk did not take, and would raise in the place of TooMuch.
        with suppress(OSError):
            self._file.close()

    def _blocks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block


@contextmanager
def _fitting() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TooMuch(f"The results of this chunk do not fit in /tmp ({error}). Make the chunks smaller.") from None


def line_of(row: int, response: Response, ms: float, version: str) -> Line:
    """The result line for a response of the API."""
    content = _content(response)
    if response.status < 400:
        return Line(row, output=content, ms=ms, version=version)
    return Line(row, status=response.status, error=content, ms=ms, version=version)


def _content(response: Response) -> Any:
    """JSON unchanged, text as a string, and other bytes as they are, which msgspec encodes as base64.

    A folder can answer with a response of its own, whose body is anything: it ends no more than its own row.
    """
    body = response.body
    kind = response.headers.get("content-type", JSON).partition(";")[0].strip()
    if not body:
        return None
    if kind == JSON and b"\n" not in body:
        return msgspec.Raw(body)
    if kind == JSON:
        with suppress(msgspec.DecodeError):
            return msgspec.Raw(msgspec.json.format(body, indent=-1))
    return body.decode(errors="replace") if kind == JSON or kind.startswith("text/") else body
