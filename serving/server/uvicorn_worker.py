"""A worker of the server: uvicorn with the handler in the same process. Started by serving/server/supervisor.py.

Uvicorn's own process manager shares one listening socket among all workers, and the first to wake takes every
connection. Here each worker has its own socket on the same port, and the kernel distributes the connections.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from types import TracebackType

import uvicorn

from serving import log
from serving.server import rules
from serving.server.asgi import Application
from serving.server.connection import IDLE_SECONDS, Connection
from serving.server.lines import Line, fail, line, say
from serving.server.supervisor import PORT, number

# How long the accepted requests may take after SIGTERM.
ENDING_SECONDS = 35
# More than is logged between two flushes, a tenth of a second apart.
LOG_BUFFER = 1 << 20
SWITCH_SECONDS = 0.001
# All addresses of the container.
OF_ITS_CONTAINER = "0.0.0.0"  # noqa: S104
PARENT = os.getppid()


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()

    def ready(self) -> None:
        say("INFO", f"Worker ready, listening on port {number('PORT', PORT)}.")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        Connection.ending = True
        # Clients in the socket's queue are connected from their point of view; closing the socket would reset them.
        queue = [connection for listener in sockets or [] for connection in waiting_at(listener)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in queue:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)
        sys.stdout.flush()

    async def on_tick(self, counter: int) -> bool:
        """Runs ten times a second. Returns whether to exit, as it does too if the supervisor is gone."""
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


def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log an exception that ends the worker."""
    text = "".join(traceback.format_exception(kind, error, trace))
    print(line("ERROR", f"{kind.__name__}: {error}", text), file=sys.stderr, flush=True)


def main(name: str) -> None:
    sys.excepthook = explain
    # The most that the listening thread waits for the interpreter lock when it has something to do.
    sys.setswitchinterval(SWITCH_SECONDS)
    sys.stdout, log.flushes = open(1, "w", buffering=LOG_BUFFER, closefd=False), False  # noqa: SIM115
    module, _, attribute = name.rpartition(".")
    handler = getattr(import_module(module), attribute)
    Server(configuration(Application(handler, lambda: Connection.ending))).run([listener()])


def configuration(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application,
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
        h11_max_incomplete_event_size=rules.MAX_HEAD,
        timeout_graceful_shutdown=ENDING_SECONDS,
    )


def listener(host: str = OF_ITS_CONTAINER) -> socket.socket:
    # The protocol is explicit because asyncio turns Nagle's algorithm off only then: head and body of an answer are two
    # packets, and the second would wait 40 ms for the acknowledgement of the first.
    made = socket.socket(proto=socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    port = number("PORT", PORT)
    try:
        made.bind((host, port))
    except OSError as error:
        fail(f"PORT={port} cannot be listened on: {error.strerror}")
    return made


if __name__ == "__main__":
    # Imported by its name, so that the module does not exist twice, here as __main__.
    from serving.server import uvicorn_worker

    uvicorn_worker.main(sys.argv[1])
