"""A connection: uvicorn's, with h11 as its parser, plus the parts of HTTP that uvicorn leaves to a proxy.

h11 parses all input and writes all answers. The docstring of each method says why it is needed, and a test over a
socket in tests/serving/server covers it.
"""

from __future__ import annotations

import asyncio
import sys
from os import urandom
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.requests.errors import Refused
from serving.server.refusals import busy, refusal

# How long a connection stays open between requests: longer than a load balancer's, which would otherwise reuse a
# closed one.
IDLE_SECONDS = 75
# How long a request head may take from its first byte, and how long a client may pause in a body.
SILENT_SECONDS = 30
# The same limits, and the wait for a next request, while the server shuts down.
LAST_SECONDS = 1
# Per worker. Less than 1,024, the default limit of open files per process.
CONNECTIONS = 800
LONGEST_REASON = 200


class Connection(H11Protocol):
    ending = False
    # Connections without a complete request to answer, the longest idle first.
    waiting: ClassVar[dict[Connection, None]] = {}
    # When the head being received began.
    _began: float | None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Uvicorn has no timeout before the first request is complete, and at its limit it refuses new clients even if
        others are idle. Here the longest idle connection is closed; a new one is refused only if none is idle."""
        super().connection_made(transport)
        self._began = self.loop.time()
        self._close_at(self._began + self._patience())
        if len(self.connections) > CONNECTIONS:
            oldest = next(iter(self.waiting), None)
            if oldest is None:
                self._refuse(busy("Too many connections are open."))
                return
            del self.waiting[oldest]
            oldest.transport.close()
        self.waiting[self] = None

    def data_received(self, data: bytes) -> None:
        """Uvicorn stops its timer here and starts none until it has answered: a client that sends half a request, or an
        empty line, would stay connected for ever."""
        super().data_received(data)
        if not self.transport.is_closing():
            self._note(self._began or self.loop.time())

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._note(None)

    def _note(self, began: float | None) -> None:
        """Update the timeout and the list of idle connections for the request being received, if any."""
        if self._is_being_answered():
            self.waiting.pop(self, None)
            self._began = None
            return
        self.waiting.setdefault(self)
        self._began = began
        if self.conn.their_state is h11.SEND_BODY and not self.cycle.response_complete:
            self._close_at(self.loop.time() + self._patience())
        elif began is not None:
            self._close_at(began + self._patience())

    def connection_lost(self, exc: Exception | None) -> None:
        """Uvicorn leaves its timer running for a connection that was reset."""
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self.waiting.pop(self, None)

    def shutdown(self) -> None:
        """Uvicorn closes idle connections at once, and a request already on its way is lost. Here the next answer
        announces the end of the connection, and idle clients have a moment to send one more request."""
        self.timeout_keep_alive = LAST_SECONDS
        if not self._is_being_answered():
            self._close_at(self.loop.time() + LAST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Uvicorn answers 400 even if h11 suggests 431 or 501, and raises if an answer has begun."""
        reason = sys.exc_info()[1]
        status = getattr(reason, "error_status_hint", 400)
        self._refuse(Refused(status, f"This is not HTTP: {reason or msg}"[:LONGEST_REASON], code="bad_request"))

    def _should_upgrade(self) -> bool:
        """Never upgrade: the request is answered as plain HTTP. Uvicorn would log two warnings each time."""
        return False

    def _refuse(self, refused: Refused) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = refusal(refused, urandom(16).hex())
            length = str(len(response.body))
            headers = [*response.headers.items(), ("content-length", length), ("connection", "close")]
            for event in (
                h11.Response(status_code=refused.status, headers=headers),
                h11.Data(data=response.body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _is_being_answered(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    def _patience(self) -> float:
        return LAST_SECONDS if self.ending else SILENT_SECONDS

    def _close_at(self, time: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_at(time, self.transport.close)
