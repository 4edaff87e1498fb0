"""An HTTP connection to a checked address, with one deadline for all its reads and writes."""

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


class TooMuch(Exception):
    """More bytes came than any answer of an allowed size can have."""


class Deadline:
    """A point in time by which several operations together must end."""

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def left(self) -> float:
        """The seconds that remain, always more than 0. Raises TimeoutError if none do."""
        left = self._at - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@contextmanager
def connect(target: Target, addresses: Iterable[str], deadline: Deadline, most: int) -> Iterator[HTTPConnection]:
    """Connect to the first address that accepts, with the target's host name, and allow an answer of `most` bytes."""
    with ExitStack() as open_sockets:
        plain = open_sockets.enter_context(_dial(addresses, target.port, deadline))
        if target.scheme == "https":
            plain.settimeout(deadline.left())
            plain = open_sockets.enter_context(tls().wrap_socket(plain, server_hostname=target.host))
        connection = HTTPConnection(target.host, target.port)
        # The Host header includes the port unless it is the default port.
        connection.default_port = target.default_port
        connection.sock = cast(socket.socket, TimedSocket(plain, deadline, most))
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
    """The part of a socket's interface that `http.client` uses, with a deadline.

    A socket's own timeout restarts with each read, so a server that sends a byte per second never exceeds it. Code that
    reuses a connection sets a new deadline for each request.
    """

    def __init__(self, plain: socket.socket, deadline: Deadline, most: int | None = None) -> None:
        self._plain = plain
        self.deadline = deadline
        self._most = most
        self._reader: _TimedReader | None = None

    @property
    def received(self) -> int:
        """The bytes read so far."""
        return self._reader.received if self._reader else 0

    def sendall(self, data: bytes) -> None:
        self._plain.settimeout(self.deadline.left())
        self._plain.sendall(data)

    def makefile(self, _mode: str) -> BufferedReader:
        self._reader = _TimedReader(self._plain, self.deadline, self._most)
        return BufferedReader(self._reader)

    def close(self) -> None:
        # `http.client` calls this before the body is read. `connect` closes the socket.
        pass


class _TimedReader(RawIOBase):
    """Counts what it reads: `http.client` reads everything for a chunk of -1 bytes, and interim answers for ever."""

    def __init__(self, plain: socket.socket, deadline: Deadline, most: int | None) -> None:
        self._plain = plain
        self._deadline = deadline
        self._most = most
        self.received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._plain.settimeout(self._deadline.left())
        count = self._plain.recv_into(buffer)
        self.received += count
        if self._most is not None and self.received > self._most:
            raise TooMuch
        return count
