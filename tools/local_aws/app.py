"""MiniStack as stage local runs it, with paths of its own and with what the other files of this room add.

GET /health on a deployed model's host is the model's, as on AWS: MiniStack keeps that path for itself on every
host, but not when the path names its stage. GET /_pipeline says whose MiniStack this is, so that no home takes
another's for its own.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack.app import app as ministack

from tools.local_aws import abandoned, addresses, bounds, containers, traffic

containers.install()
traffic.install()
addresses.install()
bounds.install()
abandoned.watch(Path(os.environ["HOME_LOCK"]))

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    if scope["type"] == "http":
        if scope["path"] == "/_pipeline":
            await _answer(send, 200, [], os.environ["MINISTACK_HOSTNAME"].encode())
            return
        if page := addresses.page_of(scope):
            await _answer(send, 308, [(b"location", page.encode())])
            return
        scope = _health_of_the_model(addresses.routed(scope))
    await ministack(scope, receive, send)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _health_of_the_model(scope: Message) -> Message:
    if scope["path"] == "/health" and b".execute-api." in dict(scope["headers"]).get(b"host", b""):
        return scope | {"path": "/$default/health", "raw_path": b"/$default/health"}
    return scope
