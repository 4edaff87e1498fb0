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


class TooMuch(Exception):
    """More bytes came than any answer of the size that is taken has."""


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
def connect(target: Target, addresses: Iterable[str], deadline: Deadline, most: int) -> Iterator[HTTPConnection]:
    """Connect to the first address that answers, in the name of the target's host, for an answer of `most` bytes."""
    with ExitStack() as open_sockets:
        plain = open_sockets.enter_context(_dial(addresses, target.port, deadline))
        if target.scheme == "https":
            plain.settimeout(deadline.left())
            plain = open_sockets.enter_context(tls().wrap_socket(plain, server_hostname=target.host))
        connection = HTTPConnection(target.host, target.port)
        # The port stands in the Host header unless it is this one.
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
    """What `http.client` uses of a socket.

    A socket's own timeout starts anew with each read, and a server that sends a byte a second never
    meets it. Who keeps the connection sets a deadline for each request.
    """

    def __init__(self, plain: socket.socket, deadline: Deadline, most: int | None = None) -> None:
        self._plain = plain
        self.deadline = deadline
        self._most = most

    def sendall(self, data: bytes) -> None:
        self._plain.settimeout(self.deadline.left())
        self._plain.sendall(data)

    def makefile(self, _mode: str) -> BufferedReader:
        return BufferedReader(_TimedReader(self._plain, self.deadline, self._most))

    def close(self) -> None:
        # `http.client` calls it with the body still to read. `connect` closes the socket.
        pass


class _TimedReader(RawIOBase):
    """Counts what it reads: `http.client` takes a chunk of -1 bytes for all there is, and interim answers for ever."""

    def __init__(self, plain: socket.socket, deadline: Deadline, most: int | None) -> None:
        self._plain = plain
        self._deadline = deadline
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._plain.settimeout(self._deadline.left())
        count = self._plain.recv_into(buffer)
        if self._left is not None:
            self._left -= count
            if self._left < 0:
                raise TooMuch
        return count
