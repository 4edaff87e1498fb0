"""The two hooks for SnapStart: one before the snapshot is taken, one after every restore.

Lambda starts a published version once, takes a snapshot of the whole machine and restores every environment from it.
Before the snapshot, one prediction imports and allocates what the first request would, so that no caller waits for
it. After the restore, state that must differ between environments is renewed, because all start as identical copies.

awslambdaric calls the hooks. A start without SnapStart does not import this module.

Timestamps and DNS results need no renewal: none is kept across requests.
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

# Prefixes of the codes of errors that an address causes if the network is missing or restricted.
_NOT_REACHED = ("fetch_", "url_not_allowed")


class Snapshot:
    """The hooks of one handler.

    rehearse: answers an event without logging it, and raises on errors.
    path: the path of the model's predictions.
    body: returns the body of a request to rehearse, or UNSET if there is none.
    must_answer: whether an unreachable address in the body counts as a failure too.
    restored: is called with the duration of the work after a restore, in milliseconds.
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
        """Register both hooks with awslambdaric."""
        from snapshot_restore_py import (  # type: ignore[import-not-found, unused-ignore]
            register_after_restore,
            register_before_snapshot,
        )

        register_before_snapshot(self.before)
        register_after_restore(self.after)

    def before(self) -> None:
        """Predict once and clean up. An exception here fails the start of the version, before it gets requests."""
        body = self._body()
        if body is not msgspec.UNSET:
            self._warm_up(body)
        # Collect garbage, which may hold open files and connections, so that it is not in the snapshot.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._files = _downloaded()

    def after(self) -> None:
        """Renew what must differ between environments. An exception here ends this environment only."""
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
    """A JPEG for warming up, for folders whose example is an address."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def _downloaded() -> dict[Path, int]:
    """The models downloaded from a bucket, with their sizes. Deletes incomplete downloads."""
    s3 = sys.modules.get("serving.storage.s3")
    if not s3 or not s3.KEEP.exists():
        return {}
    for file in s3.KEEP.iterdir():
        # The name of an incomplete download ends with its process id.
        if file.suffix[1:].isdigit():
            file.unlink()
    return {file: file.stat().st_size for file in s3.KEEP.iterdir()}


def _reseed() -> None:
    """Reseed the random generators in this process, whose state is in the snapshot. The kernel reseeds its own."""
    if random := sys.modules.get("random"):
        random.seed(int.from_bytes(os.urandom(32)))
    if numpy := sys.modules.get("numpy.random"):
        numpy.seed(list(os.urandom(32)))
    if ssl := sys.modules.get("ssl"):
        # OpenSSL's generator, which makes TLS keys, detects a fork but not a restore.
        ssl.RAND_add(os.urandom(32), 32.0)


def _disconnect() -> None:
    """Drop the TLS state that fetches share, and the connections to DynamoDB, which outlive their requests."""
    if connection := sys.modules.get("serving.fetching.connection"):
        connection.tls.cache_clear()
    if dynamodb := sys.modules.get("serving.storage.dynamodb"):
        dynamodb.disconnect()
