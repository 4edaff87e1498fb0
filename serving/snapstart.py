"""What SnapStart asks for: a last look before the snapshot is taken, and a fresh one after every restore.

Lambda starts a published version once, takes a snapshot of the whole machine and starts every environment from it. So
what is done before is paid for by nobody who waits: one prediction, which imports and allocates what the first
request would. And whatever must differ between environments is made anew after: they all wake up as the same one.

awslambdaric calls the two hooks. Nothing here is imported by a start without a snapshot.

Times need no care: nothing keeps one from before, each request reads the clock itself. Nor do addresses of hosts:
nobody keeps an answer of the resolver.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec

from serving import log
from serving.requests.errors import Refused
from serving.requests.messages import Response

if TYPE_CHECKING:
    from pathlib import Path

# What an address leads to where there is no network, or another one than expected.
_NOT_REACHED = ("fetch_", "url_not_allowed")


class Snapshot:
    """One snapshot of a handler.

    rehearse: answers an event without logging it, and raises what goes wrong.
    path: where the model answers.
    body: gives the body of a request to rehearse, or UNSET where there is none.
    must_answer: whether an address in it that leads nowhere is a failure too.
    restored: is told how many milliseconds the work after a restore took.
    """

    def __init__(
        self,
        rehearse: Callable[[Any], Response],
        path: str,
        body: Callable[[], object],
        *,
        must_answer: bool,
        restored: Callable[[float], None],
    ) -> None:
        self._rehearse = rehearse
        self._path = path
        self._body = body
        self._must_answer = must_answer
        self._restored = restored
        self._files: dict[Path, int] = {}

    def register(self) -> None:
        """Have awslambdaric call both hooks."""
        from snapshot_restore_py import (  # type: ignore[import-not-found, unused-ignore]
            register_after_restore,
            register_before_snapshot,
        )

        register_before_snapshot(self.before)
        register_after_restore(self.after)

    def before(self) -> None:
        """Predict once and leave nothing lying about. What is raised here ends the start, before anybody gets it."""
        body = self._body()
        if body is not msgspec.UNSET:
            self._warm_up(body)
        # Closes what only waits to be collected, files and connections too, and keeps it out of the snapshot.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._files = _downloaded()

    def after(self) -> None:
        """Make anew what may not be the same everywhere. What is raised here ends this environment alone."""
        started = perf_counter()
        _reseed()
        _disconnect()
        for file, size in self._files.items():
            if not file.exists() or file.stat().st_size != size:
                raise RuntimeError(f"{file} is not as it was when the snapshot was taken")
        self._restored(round((perf_counter() - started) * 1e3, 3))

    def _warm_up(self, body: object) -> None:
        http = {"method": "POST", "path": self._path}
        event = {"rawPath": self._path, "requestContext": {"http": http}, "body": msgspec.json.encode(body).decode()}
        try:
            response = self._rehearse(event)
        except Refused as refused:
            if self._must_answer or not refused.code.startswith(_NOT_REACHED):
                raise
            message = f"No prediction before the snapshot: {refused.message} Give the handler a warm_up."
            log.say("WARNING", message)
        else:
            if response.status >= 400:
                raise RuntimeError(f"The prediction before the snapshot was answered with status {response.status}.")


def picture() -> bytes:
    """A JPEG to warm up with, for folders whose example is an address."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def _downloaded() -> dict[Path, int]:
    """The models that came from a bucket, with their sizes; halves of one are deleted."""
    s3 = sys.modules.get("serving.storage.s3")
    if not s3 or not s3.KEEP.exists():
        return {}
    for file in s3.KEEP.iterdir():
        # A download ends with its process's number until it is whole.
        if file.suffix[1:].isdigit():
            file.unlink()
    return {file: file.stat().st_size for file in s3.KEEP.iterdir()}


def _reseed() -> None:
    """Generators that were imported hold a state, and it is in the snapshot. The kernel sees to its own."""
    if random := sys.modules.get("random"):
        random.seed(int.from_bytes(os.urandom(32)))
    if numpy := sys.modules.get("numpy.random"):
        numpy.seed(list(os.urandom(32)))
    if ssl := sys.modules.get("ssl"):
        # Keys of connections are drawn from OpenSSL's, which notices a fork and no restore.
        ssl.RAND_add(os.urandom(32), 32.0)


def _disconnect() -> None:
    """Connections to strangers end with their request; what they share is TLS's state. Those to a table are kept."""
    if connection := sys.modules.get("serving.fetching.connection"):
        connection.tls.cache_clear()
    if dynamodb := sys.modules.get("serving.storage.dynamodb"):
        dynamodb.disconnect()
