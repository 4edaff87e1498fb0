"""The request bodies that a worker holds, and how large they may be together.

A client may send most of a body and then pause, and hundreds may do so at once. When there is no room for what arrives,
the client that has been sending longest is refused; an honest one rarely is that client. Complete bodies are kept until
they are answered.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from serving.pictures import memory
from serving.requests.errors import Refused
from serving.server.refusals import busy

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# The least room, even if memory is short.
LEAST = 64 << 20


def room() -> int:
    """Half of this worker's share of the memory."""
    return max(LEAST, memory.limit() // int(os.environ.get("WORKERS") or 1) // 2)


class Bodies:
    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        # How much of each incomplete body has arrived, the oldest body first.
        self._incomplete: dict[asyncio.Timeout, int] = {}

    async def received(self, receive: Receive, limit: int) -> bytes | None:
        """The body, or slightly more than `limit` bytes of one that is too large; None if the client has disconnected.

        It counts as held until it is released.
        """
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body: bytes | None = message.get("body", b"")
        if message.get("more_body"):
            body = await self._completed(body or b"", receive, limit)
        elif body:
            self._make_room(len(body))
        self._held += len(body or b"")
        return body

    def release(self, body: bytes) -> None:
        self._held -= len(body)

    async def _completed(self, begun: bytes, receive: Receive, limit: int) -> bytes | None:
        mine = asyncio.timeout(None)
        self._incomplete[mine] = 0
        try:
            async with mine:
                return await self._joined(begun, receive, limit, mine)
        except TimeoutError:
            raise _no_room() from None
        finally:
            self._held -= self._incomplete.pop(mine, 0)

    async def _joined(self, begun: bytes, receive: Receive, limit: int, mine: asyncio.Timeout) -> bytes | None:
        parts, more = [begun], True
        self._count(mine, len(begun))
        while more and self._incomplete[mine] <= limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
            self._count(mine, len(parts[-1]))
        return b"".join(parts)

    def _count(self, mine: asyncio.Timeout, size: int) -> None:
        if mine not in self._incomplete:
            raise _no_room()
        self._make_room(size, mine)
        self._incomplete[mine] += size
        self._held += size

    def _make_room(self, size: int, mine: asyncio.Timeout | None = None) -> None:
        """Refuse the oldest incomplete bodies until `size` more bytes fit, or `mine` if it is the oldest."""
        while self._held + size > self._most:
            oldest = next(iter(self._incomplete), None)
            if oldest is None or oldest is mine:
                raise _no_room()
            self._held -= self._incomplete.pop(oldest)
            # Its task gets a TimeoutError.
            oldest.reschedule(0)


def _no_room() -> Refused:
    return busy("Too many requests with large bodies arrive at once: send this one again.")
