"""Whatever a server does when it is fetched from, it is a refusal about the field, in time."""

import socket
import threading
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


@pytest.mark.parametrize(("sent", "code"), [("application/json", ""), ("application/jsonl", "fetch_wrong_type")])
def test_a_type_that_is_named_whole_is_that_and_no_other(start: Start, sent: str, code: str) -> None:
    url, limits = start(saying(b"{}", f"Content-Type: {sent}")).url, Limits(accept="application/json", seconds=0.5)
    if code:
        assert code_of(url, limits) == code
    else:
        assert fetch(url, limits).body == b"{}"


def test_any_type_is_taken_where_none_is_asked_for(start: Start) -> None:
    assert fetch(start(saying(b"<html>", "Content-Type: text/html")).url).body == b"<html>"


@pytest.mark.parametrize(
    "header", ["Content-Type: application/octet-stream", "Content-Type: binary/octet-stream", "X-None: 1"]
)
def test_a_server_that_does_not_know_the_type_is_believed(start: Start, header: str) -> None:
    assert fetch(start(saying(b"PNG", header)).url, FAST).body == b"PNG"


def test_a_compressed_answer_is_refused(start: Start) -> None:
    assert code_of(start(saying(b"x", "Content-Encoding: gzip")).url) == "fetch_failed"


def test_an_answer_that_says_it_is_too_large_is_not_read(start: Start) -> None:
    def promising(stream: socket.socket) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")
        time.sleep(1)

    assert code_of(start(promising).url) == "fetch_too_large"
    assert fetch(start(saying(b"x" * 1000)).url, FAST).body == b"x" * 1000


def test_ten_megabytes_are_taken_where_no_limit_is_set(start: Start) -> None:
    def promising(stream: socket.socket) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10485761\r\n\r\n")

    assert refusal(start(promising).url, Limits()).message == "input_url is larger than 10,485,760 bytes."


@pytest.mark.parametrize(("piece", "code"), [(20, ""), (8, "fetch_failed"), (1, "fetch_failed")])
def test_chunks_may_be_small_but_not_most_of_an_answer(start: Start, piece: int, code: str) -> None:
    count, most = 800_000 // piece, 800_000

    def chunked(stream: socket.socket) -> None:
        chunk = f"{piece:x}\r\n{'x' * piece}\r\n".encode()
        stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * count + b"0\r\n\r\n")

    url, limits = start(chunked).url, Limits(max_bytes=most)
    if code:
        assert code_of(url, limits) == code
    else:
        assert len(fetch(url, limits).body) == most


def test_tiny_chunks_without_end_are_left_early(start: Start) -> None:
    sent = 0

    def endless(stream: socket.socket) -> None:
        nonlocal sent
        stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            stream.sendall(b"1\r\nX\r\n" * 1000)
            sent += 6000

    assert code_of(start(endless).url, Limits(max_bytes=20_000_000)) == "fetch_failed"
    # What is read, and what the system's buffers hold.
    assert sent < 10_000_000


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
    keeps_from_ending: list[bool] = []

    def hanging(*_: object) -> list[str]:
        keeps_from_ending.append(not threading.current_thread().daemon)
        time.sleep(1)
        return ["1.1.1.1"]

    started = time.monotonic()
    limits = Limits(seconds=0.2)
    assert code_of("http://images.test/", limits, resolve=hanging) == "fetch_timeout"
    assert time.monotonic() - started < 0.9
    assert keeps_from_ending == [False]


def test_an_address_that_does_not_answer_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def dial(_: object, timeout: float = 60) -> socket.socket:
        assert 4 < timeout <= 5
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", dial)
    error = refusal("http://images.test/", Limits(), resolve=lambda *_: ["1.1.1.1"])
    assert (error.code, error.message) == ("fetch_timeout", "input_url did not arrive within 5 seconds.")


def test_connecting_and_the_handshake_share_one_deadline(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    dial = socket.create_connection

    def slowly(address: tuple[str, int], timeout: float) -> socket.socket:
        time.sleep(0.3)
        return dial(address, timeout)

    monkeypatch.setattr(socket, "create_connection", slowly)
    url = start(saying()).url.replace("http", "https")
    started = time.monotonic()
    assert code_of(url) == "fetch_timeout"
    assert time.monotonic() - started < 0.75


def test_a_handshake_that_hangs_is_left_at_the_deadline(start: Start) -> None:
    # Waits for the end of a request while the client waits for its part of the handshake.
    server = start(saying())
    assert code_of(server.url.replace("http", "https")) == "fetch_timeout"
