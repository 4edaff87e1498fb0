"""Puts load on an HTTP server: open connections, each of which sends its next request as soon as it has an answer.

It uses bare protocol callbacks rather than a client library, so that the client is not the bottleneck.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

# Host and port.
Address = tuple[str, int]
# A container that is gone does not refuse connections: for a minute, packets to its address may just get lost.
CONNECT_SECONDS = 2.0


def request(method: str, path: str, body: object = None, media_type: str = "application/json") -> bytes:
    """The bytes of an HTTP request."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(content)}"]
    head += [f"content-type: {media_type}"] if content else []
    return "\r\n".join([*head, "", ""]).encode() + content


@dataclass
class Result:
    """The outcome. `lost` requests were sent but never answered; `refused` counts failed connections."""

    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    lost: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        return self.statuses.total()

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def run(address: Address, requests: Sequence[bytes], connections: int, seconds: float) -> Result:
    """Send the requests in turn, on this many connections, for this long, and wait for the last answers."""
    return asyncio.run(_run(address, itertools.cycle(requests), connections, seconds))


async def _run(address: Address, requests: Iterator[bytes], connections: int, seconds: float) -> Result:
    result = Result()
    began = time.perf_counter()
    await asyncio.gather(*(_caller(address, requests, result, began + seconds) for _ in range(connections)))
    result.seconds = time.perf_counter() - began
    return result


async def _caller(address: Address, requests: Iterator[bytes], result: Result, until: float) -> None:
    loop = asyncio.get_running_loop()
    while time.perf_counter() < until:
        ended = loop.create_future()
        try:
            make = partial(_Connection, requests, result, until, ended)
            await asyncio.wait_for(loop.create_connection(make, *address), CONNECT_SECONDS)
        except OSError:
            result.refused += 1
            await asyncio.sleep(0.05)
            continue
        await ended


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], result: Result, until: float, ended: asyncio.Future[None]) -> None:
        self._requests, self._result, self._until, self._ended = requests, result, until, ended
        self._received = b""
        self._waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._waiting = True
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        head = head.lower()
        size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < size:
            return
        now = time.perf_counter()
        self._received, self._waiting = body[size:], False
        self._result.statuses[int(head[9:12])] += 1
        self._result.milliseconds.append((now - self._sent) * 1e3)
        if b"connection: close" in head or now > self._until:
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, _: Exception | None) -> None:
        self._result.lost += self._waiting
        self._ended.set_result(None)
