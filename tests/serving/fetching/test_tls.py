"""Names and certificates of the servers that are fetched from."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from origins import FAST, Server, Start, refusal, saying
from serving.fetching import connection
from serving.fetching.download import ALLOW_PRIVATE_HOSTS
from serving.fetching.fetch import fetch


@pytest.fixture
def https(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, list[str | None]]]:
    """A server with a certificate for images.test, and the names it was asked for."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
    subject = "-subj /CN=images.test -addext subjectAltName=DNS:images.test"
    subprocess.run(
        [*command.split(), *subject.split(), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    names: list[str | None] = []
    tls.sni_callback = lambda _, name, __: names.append(name)
    server = start(saying(), tls)
    monkeypatch.setenv(ALLOW_PRIVATE_HOSTS, "images.test,other.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    connection.tls.cache_clear()
    yield server, names
    connection.tls.cache_clear()


def to_loopback(*_: object) -> list[str]:
    return ["127.0.0.1"]


def test_https_names_the_host_and_not_its_address(https: tuple[Server, list[str | None]]) -> None:
    server, names = https
    url = f"https://images.test:{server.port}/"
    assert fetch(url, FAST, resolve=to_loopback).body == b"PNG"
    assert names == ["images.test"]
    assert f"Host: images.test:{server.port}\r\n" in server.requests[0]


def test_a_certificate_for_another_name_is_not_accepted(
    https: tuple[Server, list[str | None]],
) -> None:
    server, _ = https
    error = refusal(f"https://other.test:{server.port}/", resolve=to_loopback)
    assert error.code == "fetch_failed"
    assert "certificate" in error.message
    assert server.requests == []


def test_a_certificate_nobody_vouches_for_is_not_accepted(
    https: tuple[Server, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = https
    monkeypatch.delenv("SSL_CERT_FILE")
    connection.tls.cache_clear()
    error = refusal(f"https://images.test:{server.port}/", resolve=to_loopback)
    assert "certificate" in error.message
