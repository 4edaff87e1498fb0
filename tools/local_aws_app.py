"""MiniStack as stage local runs it: a deployed model answers GET /health itself, as it does on AWS.

MiniStack keeps that path for its own, on every host. Named with its stage, the path is the model's again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ministack.app import app as ministack

Message = dict[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] == "http" and scope["path"] == "/health":
        host = dict(scope["headers"]).get(b"host", b"")
        if b".execute-api." in host:
            scope = scope | {"path": "/$default/health", "raw_path": b"/$default/health"}
    await ministack(scope, receive, send)
