"""A handler as an ASGI application, for any ASGI server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from logging import getLogger
from os import urandom
from typing import TYPE_CHECKING, Any

from serving.requests.errors import Refused
from serving.requests.messages import Request, Response
from serving.server import bodies, rules
from serving.server.refusals import refusal
from serving.server.turns import Turns

if TYPE_CHECKING:
    from serving.handler import Handler

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = getLogger("serving.server")


class Application:
    """Answers requests that do not run the model at once; the others take turns in threads.

    closing: whether to close the connection after the answer.
    """

    def __init__(self, handler: Handler[Any], closing: Callable[[], bool] = lambda: False) -> None:
        self._handler = handler
        self._closing = closing
        # A single body that the handler accepts must always fit.
        self._bodies = bodies.Bodies(max(bodies.room(), 2 * handler.max_bytes))
        self._turns = Turns()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This application speaks HTTP and not {scope['type']}.")
        request_id = urandom(16).hex()
        try:
            target = (scope.get("raw_path") or scope["path"].encode()) + scope["query_string"]
            rules.check(scope["http_version"], target, scope["headers"])
            body = await self._bodies.received(receive, self._handler.max_bytes)
        except Refused as refused:
            logger.warning("Request refused: %s", refused.message)
            # Client and server may disagree on where a request ends, except if the server was just busy.
            closing = self._closing() or refused.code != "busy"
            await _send(send, refusal(refused, request_id), closing=closing)
            return
        if body is None:
            return
        try:
            request = _request(scope, body)
            response = await self.respond(request, request_id)
            await _send(send, response, closing=self._closing(), with_body=request.method != "HEAD")
        finally:
            self._bodies.release(body)

    async def respond(self, request: Request, request_id: str) -> Response:
        if self._handler.asks_model(request):
            return await self._turns.run(partial(self._handler.respond, request, request_id))
        return self._handler.respond(request, request_id)


async def _send(send: Send, response: Response, *, closing: bool, with_body: bool = True) -> None:
    """Send the response. A HEAD gets the content length of the GET's body: RFC 9110, section 8.6."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    if closing:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body if with_body else b""})


def _request(scope: Message, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=rules.path_of(scope["path"]),
        query=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )
