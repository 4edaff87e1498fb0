"""MiniStack as stage local runs it, with two paths of its own and with what the other local_aws_* files add.

GET /health on a deployed model's host is the model's, as on AWS: MiniStack keeps that path for itself on every
host, but not when the path names its stage. GET /_pipeline says whose MiniStack this is, so that no home takes
another's for its own.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.app import app as ministack

from tools.local_aws import callers, containers, gateway, permission, registry, traffic, versions

containers.install()
gateway.install()
permission.install()
traffic.install()
versions.install()

Message = dict[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    path = scope["path"] if scope["type"] == "http" else ""
    if path == "/_pipeline":
        await answer(send, 200, os.environ["MINISTACK_HOSTNAME"].encode())
        return
    if scope["type"] == "http":
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            await callers.enter(headers)
        except callers.CannotBeIntroducedError as error:
            await answer(send, 403, error.answer())
            return
        if denied := registry.denial(scope["method"], path):
            await answer(send, 403, denied)
            return
    if path == "/health" and b".execute-api." in dict(scope["headers"]).get(b"host", b""):
        scope = scope | {"path": gateway.HEALTH, "raw_path": gateway.HEALTH.encode()}
    await ministack(scope, receive, send)


async def answer(send: Callable[[Message], Awaitable[None]], status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})
