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

from tools.local_aws import containers, traffic

containers.install()
traffic.install()

Message = dict[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    path = scope["path"] if scope["type"] == "http" else ""
    if path == "/_pipeline":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": os.environ["MINISTACK_HOSTNAME"].encode()})
        return
    if path == "/health" and b".execute-api." in dict(scope["headers"]).get(b"host", b""):
        scope = scope | {"path": "/$default/health", "raw_path": b"/$default/health"}
    await ministack(scope, receive, send)
