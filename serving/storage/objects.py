"""Objects of S3: read by range, written whole. Connections are kept, and several threads may ask at once.

What passes is tried again here: reading changes nothing, and what is written twice is the same bytes under the same
name. What lasts is raised, by what there is to do about it.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from random import random
from types import MappingProxyType

import msgspec

from serving.storage import s3, signing

# All tries together end before a function does, even if S3 says nothing at all.
TRIES, SECONDS = 4, 5.0
# At most, before the second try; before each later one twice as long.
_PAUSE = 0.4
_PASSES = (429, 500, 502, 503, 504)
_PART, _NOTHING_THERE = 206, 416


class S3Busy(RuntimeError):
    """S3 throttles, fails or is not reached, however often it is asked. Later it may answer."""


class S3Refused(RuntimeError):
    """S3 refuses, and would again."""

    def __init__(self, status: int, what: str, said: bytes) -> None:
        super().__init__(f"{what}: status {status} {said[:300]!r}")
        self.status = status


class Found(msgspec.Struct, frozen=True):
    """A part of an object, and how long the whole is."""

    content: bytes
    size: int
    content_type: str = ""
    encoding: str = ""


class Objects:
    """S3 as one function sees it, with the credentials that it has now."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._who = signing.credentials(environment)
        # Taken from and put back by several threads, each operation at once: no lock is needed.
        self._idle: dict[str, deque[HTTPConnection]] = {}

    def get(self, bucket: str, key: str, start: int, size: int) -> Found:
        """At most `size` bytes from `start` on; none where the object ends before."""
        wanted = {"range": f"bytes={start}-{start + size - 1}"}
        response, content = self._asked("GET", bucket, key, wanted, s3.NO_BODY, lambda: ())
        if response.status == _NOTHING_THERE:
            return Found(b"", _whole(response))
        if response.status != _PART:
            raise S3Refused(response.status, f"s3://{bucket}/{key} cannot be read", content)
        type_, encoding = (response.getheader(name, "").lower() for name in ("content-type", "content-encoding"))
        return Found(content, _whole(response), type_.partition(";")[0].strip(), encoding.strip())

    def put(
        self,
        bucket: str,
        key: str,
        blocks: Callable[[], Iterable[bytes]],
        size: int,
        sha256: str,
        type_: str,
        about: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """Write an object whole: it is there with all of `blocks` and what is said about it, or as it was before."""
        headers = {"content-type": type_, "content-length": str(size)}
        headers |= {f"x-amz-meta-{name}": str(value) for name, value in about.items()}
        response, content = self._asked("PUT", bucket, key, headers, sha256, blocks)
        if response.status != 200:
            raise S3Refused(response.status, f"s3://{bucket}/{key} cannot be written", content)

    def close(self) -> None:
        for connections in self._idle.values():
            while connections:
                connections.pop().close()

    def _asked(
        self,
        method: str,
        bucket: str,
        key: str,
        headers: Mapping[str, str],
        sha256: str,
        blocks: Callable[[], Iterable[bytes]],
    ) -> tuple[HTTPResponse, bytes]:
        at = s3.place(bucket, key, self._environment)
        for attempt in range(TRIES):
            if attempt:
                # At another time than everybody else who was turned away.
                time.sleep(_PAUSE * 2 ** (attempt - 1) * random())  # noqa: S311
            try:
                signed = {"x-amz-content-sha256": sha256, **headers}
                signed = signing.signed(method, at, "s3", self._who, datetime.now(UTC), signed, sha256)
                response, content = self._answer(method, at, signed, blocks())
            except (OSError, HTTPException) as error:
                said = f"{type(error).__name__} {error}"
                continue
            if response.status not in _PASSES:
                return response, content
            said = f"status {response.status} {content[:300]!r}"
        raise S3Busy(f"{method} s3://{bucket}/{key}: {said}")

    def _answer(
        self, method: str, at: signing.Where, headers: Mapping[str, str], blocks: Iterable[bytes]
    ) -> tuple[HTTPResponse, bytes]:
        idle = self._idle.setdefault(at.host, deque())
        try:
            connection = idle.pop()
        except IndexError:
            connection = at.connection(SECONDS)
        try:
            connection.request(method, at.path, blocks or None, dict(headers))
            response = connection.getresponse()
            content = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            idle.append(connection)
        return response, content


def _whole(response: HTTPResponse) -> int:
    """`Content-Range: bytes 0-99/1400` says how long all of it is, and `bytes */0` too."""
    text = response.getheader("content-range", "").rpartition("/")[2]
    return int(text) if text.isdigit() else 0
