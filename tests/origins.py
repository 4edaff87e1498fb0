"""Servers on loopback, well-behaved and not, and the results of fetching from them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from serving.fetching.fetch import fetch
from serving.fetching.fetch_limits import Limits
from serving.requests.errors import Invalid

Talk = Callable[[socket.socket], None]
FAST = Limits(seconds=0.5, max_bytes=1000, accept="image/*")


class Server:
    """Accepts connections on loopback and lets `talk` handle each."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self._talk = talk
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}/cat.png"
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        # Clients hang up on servers that misbehave: that is under test.
        try:
            with client if self._tls is None else self._tls.wrap_socket(client, server_side=True) as stream:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    piece = stream.recv(1)
                    if not piece:
                        return
                    request += piece
                self.requests.append(request.decode())
                self._talk(stream)
        except OSError:
            return


Start = Callable[..., Server]


def saying(body: bytes = b"PNG", *headers: str, status: str = "200 OK") -> Talk:
    lines = [f"HTTP/1.1 {status}", *(headers or ("Content-Type: image/png",))]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    return lambda stream: stream.sendall(head.encode() + body)


def redirecting(location: str, status: str = "302 Found") -> Talk:
    return saying(b"", f"Location: {location}", status=status)


def refusal(url: str, limits: Limits = FAST, **options: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        fetch(url, limits, **options)
    return caught.value


def code_of(url: str, limits: Limits = FAST, **options: Any) -> str:
    return refusal(url, limits, **options).code
