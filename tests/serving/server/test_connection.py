"""What a stranger may put on a connection, over real sockets: each request is answered, or refused by HTTP's rules."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from io import BufferedReader
from pathlib import Path

import pytest
from PIL import Image

from served import Running, ask

NAP = b'{"seconds": 0.01}'
POST = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(NAP)
NO_LENGTH = POST.partition(b"content-length")[0]
HEALTH = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("running")) as made:
        yield made


class Stream:
    """A connection's answers, one behind the other, as http.client wants them."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")
        self._file.close = lambda: None  # type: ignore[method-assign]

    def makefile(self, *_: object, **__: object) -> BufferedReader:
        return self._file


def answers(running: Running, sent: bytes, *methods: str) -> list[tuple[int, bytes]]:
    """Status and body of an answer to each of the methods."""
    with running.socket() as connection:
        connection.sendall(sent)
        stream, found = Stream(connection), []
        for method in methods:
            answer = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
            answer.begin()
            found.append((answer.status, answer.read()))
        return found


def is_closed(connection: socket.socket) -> bool:
    """Once all that was sent has been read."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def test_head_is_answered_at_once_with_the_length_that_get_would_have(running: Running) -> None:
    connection = running.connection()
    began = time.monotonic()
    connection.request("HEAD", "/health")
    head = connection.getresponse()
    assert time.monotonic() - began < 1
    assert head.read() == b""
    connection.request("GET", "/health")
    get = connection.getresponse()
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.read()))


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.0"])
def test_a_body_comes_through_whatever_else_the_caller_speaks(running: Running, protocol: bytes) -> None:
    upgrade = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: %s\r\nhttp2-settings: AAEAAEAA\r\n\r\n" % protocol
    assert answers(running, POST + upgrade + NAP + HEALTH, "POST", "GET")[0] == (200, b'{"seconds":0.01}')


def test_requests_behind_an_upgrade_or_a_connect_are_answered(running: Running) -> None:
    sent = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
    sent += b"CONNECT x:443 HTTP/1.1\r\nhost: x:443\r\n\r\n" + HEALTH
    assert [status for status, _ in answers(running, sent, "GET", "CONNECT", "GET")] == [200, 404, 200]


def test_requests_that_come_all_at_once_are_all_answered_also_before_half_a_one(running: Running) -> None:
    found = answers(running, HEALTH * 2500 + HEALTH[:20], *["GET"] * 2500)
    assert {status for status, _ in found} == {200}


@pytest.mark.parametrize("behind", [b"\r\n", b"GET", b"\r\n" * 20, POST + b"\r\n", POST + b"\r\n{"])
def test_who_says_half_a_thing_after_an_answer_is_let_go(running: Running, behind: bytes) -> None:
    with running.socket() as connection:
        connection.settimeout(5)
        connection.sendall(HEALTH)
        assert connection.recv(12) == b"HTTP/1.1 200"
        connection.sendall(behind)
        assert is_closed(connection)


@pytest.mark.parametrize("sent", [b"", POST + b"\r\n" + NAP + POST + b"\r\n{"], ids=["nothing", "one and a half"])
def test_neither_silence_nor_half_a_request_is_waited_for_for_ever(running: Running, sent: bytes) -> None:
    with running.socket() as connection:
        connection.settimeout(5)
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_head_that_comes_in_drops_is_not_waited_for(running: Running) -> None:
    with running.socket() as connection:
        connection.settimeout(0.1)
        for _ in range(40):
            connection.send(b"G")
            if is_closed(connection):
                break
        else:
            pytest.fail("after four seconds it still waits")


def test_a_request_that_comes_slowly_is_waited_for(running: Running) -> None:
    with running.socket() as connection:
        for part in (POST + b"x: %s\r\n" % (b"y" * 30_000), b"\r\n", *(bytes([byte]) for byte in NAP)):
            connection.sendall(part)
            # longer than a server that ends would wait
            time.sleep(1.3 if part == NAP[:1] else 0.05)
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_a_connection_is_kept_between_requests_for_longer_than_uvicorn_would(running: Running) -> None:
    """A load balancer that keeps one for a minute would otherwise send a request to a closed one."""
    connection = running.connection()
    for pause in (5.5, 0.0):
        assert ask(connection, "GET", "/health")[0] == 200
        time.sleep(pause)
    connection.close()


@pytest.mark.parametrize("size", [70_000, 100_000])
def test_a_head_too_large_is_refused_also_if_it_comes_at_once(running: Running, size: int) -> None:
    sent = HEALTH[:-2] + b"".join(b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(size // 1000)) + b"\r\n"
    assert answers(running, sent, "GET")[0][0] == 431
    assert answers(running, HEALTH[:-2] + b"x: %s\r\n\r\n" % (b"y" * 60_000), "GET")[0][0] == 200


REFUSED = {
    "no host": (b"GET /health HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /health HTTP/1.1\r\nhost: x\r\nhost: x\r\n\r\n", 400),
    "two words for a host": (b"GET /health HTTP/1.1\r\nhost: x y\r\n\r\n", 400),
    "a host with a user": (b"GET /health HTTP/1.1\r\nhost: a@x\r\n\r\n", 400),
    "half an address for a host": (b"GET /health HTTP/1.1\r\nhost: [::1\r\n\r\n", 400),
    "a port that is none": (b"GET /health HTTP/1.1\r\nhost: x:http\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /health\r\n\r\n", 400),
    "HTTP/0.9 by its name": (b"GET /health HTTP/0.9\r\nhost: x\r\n\r\n", 505),
    "HTTP/2.0": (b"GET /health HTTP/2.0\r\nhost: x\r\n\r\n", 505),
    "the preamble of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "two spaces": (b"GET  /health HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "a space before the colon": (b"GET /health HTTP/1.1\r\nhost: x\r\nx : y\r\n\r\n", 400),
    "a coding that nobody knows": (NO_LENGTH + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "two codings": (NO_LENGTH + b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    "two lengths": (POST + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths that differ": (POST + b"content-length: 3\r\n\r\n" + NAP, 400),
    "chunks in HTTP/1.0": (b"POST /predict HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "no length that is a number": (NO_LENGTH + b"content-length: +2\r\n\r\n{}", 400),
    "a chunk of no size": (NO_LENGTH + b"transfer-encoding: chunked\r\n\r\n-8\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_http_forbids_is_refused_and_the_connection_ends(running: Running, name: str) -> None:
    sent, status = REFUSED[name]
    with running.socket() as connection:
        connection.settimeout(0.8)
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.read())["code"] == ("version_not_supported" if status == 505 else "bad_request")
        assert is_closed(connection)


@pytest.mark.parametrize("host", [b"", b"x", b"x:80", b"10.0.0.1:8080", b"[::1]:80", b"a_b.example", b"x:"])
def test_a_host_may_be_any_that_the_rules_know(running: Running, host: bytes) -> None:
    assert answers(running, b"GET /health HTTP/1.1\r\nhost: %s\r\n\r\n" % host, "GET")[0][0] == 200


def test_a_target_may_be_a_whole_address(running: Running) -> None:
    assert answers(running, b"GET http://x/health HTTP/1.1\r\nhost: x\r\n\r\n", "GET")[0][0] == 200


def test_where_connections_are_many_the_longest_idle_makes_room(tmp_path: Path) -> None:
    with Running(tmp_path, WORKERS="1", CONNECTIONS="10") as few:
        idle = [few.connection() for _ in range(10)]
        for connection in idle:
            assert ask(connection, "GET", "/health")[0] == 200
        # The first was idle for longest until now.
        assert ask(idle[0], "GET", "/health")[0] == 200
        assert few.ask("GET", "/health")[0] == 200
        assert is_closed(idle[1].sock)
        assert ask(idle[0], "GET", "/health")[0] == 200
        for connection in idle:
            connection.close()
        with ThreadPoolExecutor(10) as pool:
            busy = [pool.submit(few.nap, 1.0) for _ in range(10)]
            time.sleep(0.5)
            status, answer = few.ask("GET", "/health")
            assert (status, answer["code"]) == (503, "busy")
            assert {nap.result()[0] for nap in busy} == {200}
        assert few.ask("GET", "/health")[0] == 200


@pytest.fixture(scope="module")
def large_picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A second of decoding, in a library that lets others run meanwhile."""
    path = tmp_path_factory.mktemp("picture") / "large.png"
    Image.effect_noise((500, 500), 60).resize((7000, 7000)).convert("RGB").save(path, compress_level=1)
    return str(path)


@pytest.mark.parametrize("holds", ["a loop", "a wait", "a picture"])
def test_no_request_makes_another_wait_whatever_it_holds(tmp_path: Path, large_picture: str, holds: str) -> None:
    slow = {"a loop": {"spin": 1.5}, "a wait": {"wait": 1.5}, "a picture": {"picture": large_picture}}[holds]
    with Running(tmp_path, WORKERS="1") as one, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(one.ask, "POST", "/predict", slow)
        health, model = [], []
        while not answer.done():
            health.append(seconds(one, "GET", "/health"))
            model.append(seconds(one, "POST", "/predict", {}))
            time.sleep(0.05)
    assert answer.result()[0] == 200
    assert len(health) > 5
    assert max(health) < 0.25
    assert max(model) < 0.25


def seconds(running: Running, method: str, path: str, body: object = None) -> float:
    began = time.monotonic()
    assert running.ask(method, path, body)[0] == 200
    return time.monotonic() - began


def test_what_a_library_says_becomes_lines_of_json_of_bounded_number_and_length(tmp_path: Path) -> None:
    with Running(tmp_path, WORKERS="1") as one:
        assert one.nap(0, say="INFO: Created a delegate \x7f\u202e\n")[0] == 200
        assert one.nap(0, say="x" * 200_000 + "\n")[0] == 200
        assert one.nap(0, say="Corrupt EXIF data\n" * 10_000)[0] == 200
        assert one.end() == 0
        text = one.said.read_text()
        said = [line["message"] for line in one.lines() if "message" in line]
    assert "INFO: Created a delegate \x7f\u202e" in said
    assert text.isascii()
    assert "\x7f" not in text
    assert 10 < sum(message == "Corrupt EXIF data" for message in said) < 1000
    assert any("left out" in message for message in said)
    assert max(map(len, text.splitlines())) < 2000
