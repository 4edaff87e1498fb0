"""A connection: uvicorn's, with h11 for a parser, and what of HTTP uvicorn leaves to a proxy before it.

Every byte that is read is read by h11, and every answer to a request is written by it. Each method here has its reason
beside it, and a test over a socket in tests/serving/server.
"""

from __future__ import annotations

import asyncio
import sys
from os import urandom
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.requests.errors import Refused
from serving.server.asgi import refusal

# How long a connection stays open between requests: longer than at a balancer, who would else use a closed one.
IDLE_SECONDS = 75
# How long a head may take from its first byte, and how long a sender may be silent in a body.
SILENT_SECONDS = 30
# The same, and how long one waits for a next request, once the server ends.
LAST_SECONDS = 1
# Of a worker. Fewer than the 1,024 files that a process may open where nobody says otherwise.
CONNECTIONS = 800
LONGEST_REASON = 200


class Connection(H11Protocol):
    ending = False
    # Those on which no whole request waits for its answer, first the one of which that has been so for longest.
    waiting: ClassVar[dict[Connection, None]] = {}
    # When the head that comes now began to come.
    _began: float | None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Uvicorn has no clock before the first request is whole, and its limit turns away whoever asks next, however
        long others have been idle. Here the longest idle goes, and a new one only where all are being answered."""
        super().connection_made(transport)
        self._began = self.loop.time()
        self._close_at(self._began + self._patience())
        if len(self.connections) > CONNECTIONS:
            oldest = next(iter(self.waiting), None)
            if oldest is None:
                self._refuse(Refused(503, "Too many connections are open.", code="busy"))
                return
            del self.waiting[oldest]
            oldest.transport.close()
        self.waiting[self] = None

    def data_received(self, data: bytes) -> None:
        """Uvicorn stops its clock here, and starts none until it has answered: who sends half a request, or an empty
        line, would never be let go."""
        super().data_received(data)
        if not self.transport.is_closing():
            self._note(self._began or self.loop.time())

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._note(None)

    def _note(self, began: float | None) -> None:
        """How far the request is that comes now, if one has begun to come."""
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
        """Uvicorn's clock goes on ticking for a connection that was reset."""
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self.waiting.pop(self, None)

    def shutdown(self) -> None:
        """Uvicorn closes a connection where a request may be on its way; what is sent then is lost. Here the next
        answer says that it is the last one, and who has none to come has a moment to ask for it."""
        self.timeout_keep_alive = LAST_SECONDS
        if not self._is_being_answered():
            self._close_at(self.loop.time() + LAST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Uvicorn says 400 also where h11 says 431 or 501, and raises where an answer has begun."""
        reason = sys.exc_info()[1]
        status = getattr(reason, "error_status_hint", 400)
        self._refuse(Refused(status, f"This is no request: {reason or msg}"[:LONGEST_REASON], code="bad_request"))

    def _should_upgrade(self) -> bool:
        """Nobody is upgraded: the request is answered as it stands. Uvicorn would log two warnings each time."""
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
