"""Fetching a stranger's URL, against real servers on loopback that behave and that do not."""

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from serving.fetching import connection, download
from serving.fetching.download import ALLOW_PRIVATE_HOSTS
from serving.fetching.fetch import fetch
from serving.fetching.fetch_limits import Fetched, Limits
from serving.requests.errors import Invalid
from serving.timing import Clock

Talk = Callable[[socket.socket], None]
FAST = Limits(seconds=0.5, max_bytes=1000, accept="image/*")


class Server:
    """Accepts connections on loopback and lets `talk` do with each what it likes."""

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
        # The other side hangs up on servers that misbehave: that is what is tested.
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


# --- what works ---------------------------------------------------------------------------------


def test_what_a_url_leads_to_is_returned(start: Start) -> None:
    server = start(saying(b"bytes", "Content-Type: image/PNG; q=1"))
    assert fetch(server.url + "?a=b", FAST) == Fetched(b"bytes", "image/png")
    (request,) = server.requests
    assert request.startswith("GET /cat.png?a=b HTTP/1.1\r\n")
    headers = set(request.split("\r\n"))
    assert {f"Host: {server.host}", "Accept: image/*", "Accept-Encoding: identity"} <= headers


def test_an_answer_in_chunks_is_put_together(start: Start) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nPN\r\n1\r\nG\r\n0\r\n\r\n"
    assert fetch(start(lambda stream: stream.sendall(answer)).url, FAST).body == b"PNG"


@pytest.mark.parametrize("length", ["Content-Length: 3\r\n", ""])
def test_an_answer_after_which_the_server_hangs_up_is_read(start: Start, length: str) -> None:
    answer = f"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\nPNG".encode()
    assert fetch(start(lambda stream: stream.sendall(answer)).url, FAST).body == b"PNG"


def test_the_time_it_takes_is_a_phase_of_the_request(start: Start) -> None:
    server = start(saying())
    with Clock() as clock:
        fetch(server.url, FAST)
    assert clock.milliseconds()["fetch"] > 0


def test_redirects_are_followed(start: Start) -> None:
    last = start(saying(b"here"))
    first = start(redirecting(last.url, "308 Permanent Redirect"))
    assert fetch(first.url, FAST).body == b"here"


def test_proxies_in_the_environment_are_not_used(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(start(saying()).url, FAST).body == b"PNG"


# --- where a URL may lead -------------------------------------------------------------------------


def test_loopback_is_closed_unless_it_is_named(start: Start) -> None:
    server = start(saying(), allowed=False)
    error = refusal(server.url)
    assert (error.code, error.field) == ("url_not_allowed", "input_url")
    assert server.requests == []


def test_a_host_is_opened_with_its_port_or_with_all_ports(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(saying(), allowed=False)
    monkeypatch.setenv(ALLOW_PRIVATE_HOSTS, f"127.0.0.1:{server.port + 1}")
    assert code_of(server.url) == "url_not_allowed"
    monkeypatch.setenv(ALLOW_PRIVATE_HOSTS, "127.0.0.1")
    assert fetch(server.url, FAST).body == b"PNG"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:10.0.0.1"],
        ["fd00:ec2::254"],
        ["1.1.1.1", "10.0.0.1"],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_closed(addresses: list[str]) -> None:
    error = refusal("http://images.test/", resolve=lambda *_: addresses)
    assert error.code == "url_not_allowed"
    assert "10.0.0.1" not in error.message


@pytest.mark.parametrize("port", [22, 6379, 8080, 9200])
def test_ports_other_than_those_of_the_web_are_closed(port: int) -> None:
    url = f"http://images.test:{port}/"
    assert code_of(url, resolve=lambda *_: ["1.1.1.1"]) == "url_not_allowed"


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([["1.1.1.1"], ["127.0.0.1"]])  # a name whose owner changes it in between
    dialled: list[Any] = []

    def dial(address: Any, **_: Any) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", dial)
    error = refusal("http://images.test/", resolve=lambda *_: next(answers))
    assert error.code == "fetch_failed"
    assert dialled == [("1.1.1.1", 80)]
    assert next(answers) == ["127.0.0.1"]


def test_the_next_address_is_tried_when_one_does_not_answer(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(saying())
    monkeypatch.setenv(ALLOW_PRIVATE_HOSTS, "images.test")
    url = f"http://images.test:{server.port}/"
    # Nothing listens on the second loopback address.
    assert fetch(url, FAST, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"]).body == b"PNG"
    assert f"Host: images.test:{server.port}\r\n" in server.requests[0]


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_a_redirect_to_a_closed_address_is_not_followed(start: Start, status: str) -> None:
    inside = start(saying(b"secret"), allowed=False)
    server = start(redirecting(inside.url, status))
    assert code_of(server.url) == "url_not_allowed"
    assert inside.requests == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u@example.com/", "http://127.1"])
def test_a_redirect_is_read_as_strictly_as_a_url(start: Start, location: str) -> None:
    assert code_of(start(redirecting(location)).url) == "url_not_allowed"


def test_redirects_end(start: Start) -> None:
    server = start(redirecting("/again"))
    assert code_of(server.url) == "fetch_failed"
    assert len(server.requests) == 4


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://0x7f.1/", "http://a b/"])
def test_a_url_that_is_not_followed_is_refused_about_its_field(url: str) -> None:
    error = refusal(url, field="image.url")
    assert (error.code, error.field) == ("url_not_allowed", "image.url")
    assert error.message.startswith("image.url ")


def test_a_name_that_does_not_exist_is_said() -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror

    assert code_of("http://images.test/", resolve=unknown) == "fetch_failed"


def test_the_systems_resolver_gives_each_address_once() -> None:
    assert download.resolve("127.0.0.1", 80) == ["127.0.0.1"]


# --- what a server may do -------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["404 Not Found", "500 Error", "204 No Content", "302 Found"])
def test_anything_but_200_is_a_failure(start: Start, status: str) -> None:
    error = refusal(start(saying(status=status)).url)
    assert error.code == "fetch_failed"
    assert status[:3] in error.message


def test_another_type_than_asked_for_is_refused(start: Start) -> None:
    assert code_of(start(saying(b"<html>", "Content-Type: text/html")).url) == "fetch_wrong_type"


@pytest.mark.parametrize("header", ["Content-Type: application/octet-stream", "X-None: 1"])
def test_a_server_that_does_not_know_the_type_is_believed(start: Start, header: str) -> None:
    assert fetch(start(saying(b"PNG", header)).url, FAST).body == b"PNG"


def test_a_compressed_answer_is_refused(start: Start) -> None:
    assert code_of(start(saying(b"x", "Content-Encoding: gzip")).url) == "fetch_failed"


def test_an_answer_that_says_it_is_too_large_is_not_read(start: Start) -> None:
    assert code_of(start(saying(b"x" * 1001)).url) == "fetch_too_large"
    assert fetch(start(saying(b"x" * 1000)).url, FAST).body == b"x" * 1000


def test_an_answer_without_end_is_cut_off(start: Start) -> None:
    def endless(stream: socket.socket) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            stream.sendall(b"x" * 4096)

    assert code_of(start(endless).url) == "fetch_too_large"


def test_an_answer_that_ends_early_is_a_failure(start: Start) -> None:
    def short(stream: socket.socket) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")

    assert code_of(start(short).url) == "fetch_failed"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_an_answer_that_is_not_http_is_a_failure(start: Start, answer: bytes) -> None:
    assert code_of(start(lambda stream: stream.sendall(answer)).url) == "fetch_failed"


def drip(stream: socket.socket, start_with: bytes, piece: bytes) -> None:
    stream.sendall(start_with)
    while True:
        time.sleep(0.05)
        stream.sendall(piece)


@pytest.mark.parametrize(
    ("start_with", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_server_that_drips_is_left_at_the_deadline(start: Start, start_with: bytes, piece: bytes) -> None:
    server = start(lambda stream: drip(stream, start_with, piece))
    started = time.monotonic()
    assert code_of(server.url) == "fetch_timeout"
    assert 0.4 < time.monotonic() - started < 2


def test_redirects_share_one_deadline(start: Start) -> None:
    def slow(stream: socket.socket) -> None:
        time.sleep(0.3)
        redirecting("/again")(stream)

    assert code_of(start(slow).url) == "fetch_timeout"


def test_a_resolver_that_hangs_is_left_at_the_deadline() -> None:
    def hanging(*_: object) -> list[str]:
        time.sleep(1)
        return ["1.1.1.1"]

    started = time.monotonic()
    limits = Limits(seconds=0.2)
    assert code_of("http://images.test/", limits, resolve=hanging) == "fetch_timeout"
    assert time.monotonic() - started < 0.9


def test_a_handshake_that_hangs_is_left_at_the_deadline(start: Start) -> None:
    # Waits for the end of a request while the client waits for its part of the handshake.
    server = start(saying())
    assert code_of(server.url.replace("http", "https")) == "fetch_timeout"


# --- TLS ------------------------------------------------------------------------------------------


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
