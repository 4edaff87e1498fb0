"""Whatever a server does when it is fetched from, it is a refusal about the field, in time."""

import socket
import time

import pytest

from origins import FAST, Start, code_of, redirecting, refusal, saying
from serving.fetching.fetch import fetch
from serving.fetching.fetch_limits import Limits


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
