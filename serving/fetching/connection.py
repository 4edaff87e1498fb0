"""An HTTP connection to an address that was checked, every read of which ends at one deadline."""

import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from http.client import HTTPConnection
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import cast

from serving.fetching.urls import Target


class Deadline:
    """A point in time that everything shares."""

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def left(self) -> float:
        """The seconds that remain; there is no remaining nothing."""
        left = self._at - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@contextmanager
def connect(target: Target, addresses: Iterable[str], deadline: Deadline) -> Iterator[HTTPConnection]:
    """Connect to the first address that answers, in the name of the target's host."""
    with ExitStack() as open_sockets:
        plain = open_sockets.enter_context(_dial(addresses, target.port, deadline))
        if target.scheme == "https":
            plain.settimeout(deadline.left())
            plain = open_sockets.enter_context(tls().wrap_socket(plain, server_hostname=target.host))
        connection = HTTPConnection(target.host, target.port)
        # The port stands in the Host header unless it is this one.
        connection.default_port = target.default_port
        connection.sock = cast(socket.socket, TimedSocket(plain, deadline))
        yield connection


def _dial(addresses: Iterable[str], port: int, deadline: Deadline) -> socket.socket:
    failure: OSError = ConnectionError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=deadline.left())
        except OSError as error:
            failure = error
    raise failure


@cache
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class TimedSocket:
    """What `http.client` uses of a socket.

    A socket's own timeout starts anew with each read, and a server that sends a byte a second never
    meets it. Who keeps the connection sets a deadline for each request.
    """

    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self.deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._plain.settimeout(self.deadline.left())
        self._plain.sendall(data)

    def makefile(self, _mode: str) -> BufferedReader:
        return BufferedReader(_TimedReader(self._plain, self.deadline))

    def close(self) -> None:
        # `http.client` calls it with the body still to read. `connect` closes the socket.
        pass


class _TimedReader(RawIOBase):
    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._plain.settimeout(self._deadline.left())
        return self._plain.recv_into(buffer)
