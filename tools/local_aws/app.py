"""MiniStack as stage local runs it, with some paths of its own and the additions of this room.

GET /health on a deployed model's host goes to the model, as on AWS: MiniStack answers that path itself on every host,
unless the path names its stage. GET /_pipeline says which home this MiniStack belongs to, so that no home mistakes
another's for its own.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack.app import app as ministack

from tools.local_aws import (
    abandoned,
    addresses,
    bounds,
    callers,
    containers,
    emulated,
    gateway,
    layers,
    maps,
    permission,
    registry,
    simulation,
    traffic,
    versions,
)

containers.install()
gateway.install()
layers.install()
maps.install()
permission.install()
registry.install()
simulation.install()
traffic.install()
addresses.install()
bounds.install()
emulated.install()
abandoned.watch(Path(os.environ["HOME_LOCK"]))
versions.install()

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    if scope["type"] == "http":
        if answer := await _own(scope):
            await send({"type": "http.response.start", "status": answer[0], "headers": answer[1]})
            await send({"type": "http.response.body", "body": answer[2]})
            return
        gateway.sent.set(scope["raw_path"].decode("latin-1"))
        scope = _health_of_the_model(addresses.routed(scope))
    await ministack(scope, receive, send)


async def _own(scope: Message) -> Answer | None:
    """The answer to requests that MiniStack does not get to see, else None."""
    if scope["path"] == "/_pipeline":
        return 200, [], os.environ["MINISTACK_HOSTNAME"].encode()
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        await callers.enter(headers)
    except callers.CannotBeIntroducedError as error:
        return 403, [], error.answer()
    if denied := registry.denial(scope["method"], scope["path"]):
        return 403, [], denied
    if page := addresses.page_of(scope):
        return 308, [(b"location", page.encode())], b""
    return None


def _health_of_the_model(scope: Message) -> Message:
    if scope["path"] == "/health" and b".execute-api." in dict(scope["headers"]).get(b"host", b""):
        return scope | {"path": gateway.HEALTH, "raw_path": gateway.HEALTH.encode()}
    return scope
