"""S3 objects: read by range, written whole. Connections are kept open, and several threads may use them.

Temporary failures are retried here: reads change nothing, and repeated writes store the same bytes under the same
name. Lasting failures are raised, with one type of exception for each way to deal with them.
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

# All tries together end before a function's timeout, even if S3 never answers.
TRIES, SECONDS = 4, 5.0
# The longest pause before the second try. It doubles before each later one.
_PAUSE = 0.4
_PASSES = (429, 500, 502, 503, 504)
_PART, _NOTHING_THERE = 206, 416


class S3Busy(RuntimeError):
    """S3 throttled, failed or could not be reached in all tries. It may answer later."""


class S3Refused(RuntimeError):
    """S3 refused the request, and would refuse it again."""

    def __init__(self, status: int, what: str, said: bytes) -> None:
        super().__init__(f"{what}: status {status} {said[:300]!r}")
        self.status = status


class Found(msgspec.Struct, frozen=True):
    """A part of an object, and the size of the whole object."""

    content: bytes
    size: int
    content_type: str = ""
    encoding: str = ""


class Objects:
    """Access to S3 with the function's current credentials."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._who = signing.credentials(environment)
        # Several threads take from it and put back; each of these operations is atomic, so no lock is needed.
        self._idle: dict[str, deque[HTTPConnection]] = {}

    def get(self, bucket: str, key: str, start: int, size: int) -> Found:
        """At most `size` bytes from `start` on; none if the object ends before."""
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
        """Write a whole object atomically: it holds all of `blocks` and the metadata `about`, or is unchanged."""
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
                # Random, so that the clients that were throttled together do not all come back together.
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
        # If not, it is closed by now.
        if not response.will_close:
            idle.append(connection)
        return response, content


def _whole(response: HTTPResponse) -> int:
    """The size of the whole object, from `Content-Range: bytes 0-99/1400` or `bytes */0`."""
    text = response.getheader("content-range", "").rpartition("/")[2]
    return int(text) if text.isdigit() else 0
