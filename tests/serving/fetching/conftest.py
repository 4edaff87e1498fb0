"""Origins that may be fetched from, for as long as a test takes."""

import ssl
from collections.abc import Iterator

import pytest

from origins import Server, Start, Talk
from serving.fetching.download import ALLOW_PRIVATE_HOSTS


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a server that may be fetched from, unless `allowed` is false."""
    servers: list[Server] = []
    allowed_hosts: list[str] = []

    def starting(talk: Talk, tls: ssl.SSLContext | None = None, *, allowed: bool = True) -> Server:
        server = Server(talk, tls)
        servers.append(server)
        if allowed:
            allowed_hosts.append(server.host)
            monkeypatch.setenv(ALLOW_PRIVATE_HOSTS, ", ".join(allowed_hosts))
        return server

    yield starting
    for server in servers:
        server.close()
