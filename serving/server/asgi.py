"""A handler as an ASGI application, for any server that speaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from os import urandom
from typing import TYPE_CHECKING, Any

from serving.requests.messages import Request, Response
from serving.server import blocking

if TYPE_CHECKING:
    from serving.handler import Handler

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# Requests that wait for somebody else, an address for instance, do so side by side.
WAITING_AT_ONCE = 64


class Application:
    """Answers where it is called: a model keeps its processor busy, and a thread more would only share it.

    closing: whether the connection is to end with the answer.
    """

    def __init__(self, handler: Handler[Any], closing: Callable[[], bool] = lambda: False) -> None:
        self._handler = handler
        self._closing = closing
        self._threads = ThreadPoolExecutor(WAITING_AT_ONCE)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This application speaks HTTP and not {scope['type']}.")
        body = await _body(receive, self._handler.max_bytes)
        if body is None:
            return
        response = await self._respond(_request(scope, body), urandom(16).hex())
        headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers.items()]
        headers.append((b"content-length", str(len(response.body)).encode()))
        if self._closing():
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    async def _respond(self, request: Request, request_id: str) -> Response:
        blocking.forbid()
        try:
            return self._handler.respond(request, request_id)
        except blocking.MustWait:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._handler.respond, request, request_id)


async def _body(receive: Receive, limit: int) -> bytes | None:
    """More than the limit says that it is too large; what comes then is not waited for. None: nobody is there."""
    parts, size = [], 0
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _request(scope: Message, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )
