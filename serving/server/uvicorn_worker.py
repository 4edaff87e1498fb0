"""A worker of the server: uvicorn, which calls the handler where it listens. Started by serving/server/supervisor.py.

Uvicorn's own process manager hands all workers one listener, and the first to wake takes every connection; here each
has its own on the same port, and the kernel deals them out.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from importlib import import_module
from logging import Formatter, LogRecord
from typing import Any

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving import log
from serving.server.asgi import Application
from serving.server.supervisor import PORT, number, say

# How long a connection stays open between requests: longer than at a balancer, who would else use a closed one.
IDLE_SECONDS = 75
# The same once the server ends, and how long it takes at most to answer what it has accepted.
LAST_SECONDS, ENDING_SECONDS = 1, 35
# How long a sender may be silent in the middle of a request, and how many bytes may come before the body.
SILENT_SECONDS, MAX_HEAD = 30, 64 * 1024
# More than is said in a tenth of a second.
LOG_BUFFER = 1 << 20
PARENT = os.getppid()


class Joined:
    """A transport that sends the head of an answer together with its body: a call to the kernel costs a tenth of it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held = b""

    def write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 1"):
            self._held = data
            return
        self._transport.write(data)

    def close(self) -> None:
        if self._held:
            self.write(b"")
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """Uvicorn's, with a clock for silence, a limit for what comes before the body, and an end that loses nothing."""

    ending = False
    # Bytes of a request's head that have come; None while its body comes.
    _head: int | None = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = Joined(transport)  # type: ignore[assignment]
        self._close_after(SILENT_SECONDS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD:
                self.send_400_response("The head of the request is too large.")
                return
        if self._head is not None or self.cycle.more_body:
            self._close_after(LAST_SECONDS if self.ending else SILENT_SECONDS)

    def shutdown(self) -> None:
        """The next answer says that it is the last one. Who has none to come has a moment to ask for it."""
        self.timeout_keep_alive = LAST_SECONDS
        if self.cycle is None or self.cycle.response_complete:
            self._close_after(LAST_SECONDS)

    def _close_after(self, seconds: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        say("INFO", f"Worker ready, listening on port {number('PORT', PORT)}.")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        Connection.ending = True
        # Who is in the listener's queue has been accepted, as far as he knows; closing it would turn him away.
        queue = [connection for listener in sockets or [] for connection in waiting_at(listener)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in queue:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)
        sys.stdout.flush()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second. Whether to end, as it does when nobody looks after it any more."""
        sys.stdout.flush()
        return await super().on_tick(counter) or os.getppid() != PARENT

    def _protocol(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state)


def waiting_at(listener: socket.socket) -> Iterator[socket.socket]:
    while True:
        try:
            yield listener.accept()[0]
        except BlockingIOError:
            return


class Line(Formatter):
    """What uvicorn says of itself, in the form of the handler's lines."""

    def format(self, record: LogRecord) -> str:
        line: dict[str, Any] = {"level": record.levelname, "message": record.getMessage(), "process": record.process}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def main(name: str) -> None:
    sys.stdout, log.flushes = open(1, "w", buffering=LOG_BUFFER, closefd=False), False  # noqa: SIM115
    module, _, attribute = name.rpartition(".")
    handler = getattr(import_module(module), attribute)
    config = uvicorn.Config(
        Application(handler, lambda: Connection.ending),
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_config={
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": Line}},
            "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
            "root": {"level": "WARNING", "handlers": ["out"]},
        },
        log_level="warning",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=ENDING_SECONDS,
    )
    Server(config).run([listener()])


def listener() -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    port = number("PORT", PORT)
    try:
        made.bind(("0.0.0.0", port))  # noqa: S104  (of its container)
    except OSError as error:
        sys.exit(f"PORT={port} cannot be listened on: {error.strerror}")
    return made


if __name__ == "__main__":
    # By its name, not as __main__, so that there is one of this module.
    from serving.server import uvicorn_worker

    uvicorn_worker.main(sys.argv[1])
