"""Fetching a stranger's URL: what works, and where it may lead."""

import socket
from typing import Any

import pytest

from origins import FAST, Start, code_of, redirecting, refusal, saying
from serving import blocking
from serving.fetching import download
from serving.fetching.download import ALLOW_PRIVATE_HOSTS
from serving.fetching.fetch import fetch
from serving.fetching.fetch_limits import Fetched
from serving.timing import Clock

# --- what works ---------------------------------------------------------------------------------


def test_what_a_url_leads_to_is_returned(start: Start) -> None:
    server = start(saying(b"bytes", "Content-Type: image/PNG; q=1"))
    assert fetch(server.url + "?a=b", FAST) == Fetched(b"bytes", "image/png")
    (request,) = server.requests
    assert request.startswith("GET /cat.png?a=b HTTP/1.1\r\n")
    headers = set(request.split("\r\n"))
    assert {f"Host: {server.host}", "Accept: image/*", "Accept-Encoding: identity"} <= headers
    assert {"User-Agent: serving", "Connection: close"} <= headers


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


def test_a_request_that_fetches_lets_others_go_first(start: Start) -> None:
    order: list[str] = []

    def origin(stream: socket.socket) -> None:
        order.append("asked")
        saying()(stream)

    url = start(origin).url
    blocking.run(lambda: order.append("gave way"), lambda: fetch(url, FAST), lambda: order.append("admitted"))
    assert order == ["admitted", "gave way", "asked"]


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
    monkeypatch.setenv("SERVING_FETCH_ALLOW_PRIVATE_HOSTS", f"127.0.0.1:{server.port + 1}")
    assert code_of(server.url) == "url_not_allowed"
    monkeypatch.setenv("SERVING_FETCH_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
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


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, scheme: str, port: int
) -> None:
    answers = iter([["1.1.1.1"], ["127.0.0.1"]])  # a name whose owner changes it in between
    dialled: list[Any] = []

    def dial(address: Any, **_: Any) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", dial)
    error = refusal(f"{scheme}://images.test/", resolve=lambda *_: next(answers))
    assert error.code == "fetch_failed"
    assert dialled == [("1.1.1.1", port)]
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

    error = refusal("http://images.test/", resolve=unknown)
    assert (error.code, error.message) == ("fetch_failed", "input_url names a host that was not found.")


def test_the_systems_resolver_gives_each_address_once() -> None:
    assert download.resolve("127.0.0.1", 80) == ["127.0.0.1"]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("host", ["a\u2024\u2024example.com", "\u2024\u2024"])
def test_a_name_with_an_empty_part_is_a_host_that_is_not_found(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A one dot leader is a stop once the name is encoded, and the system's resolver takes no two of them."""
    error = refusal(f"http://{host}/")
    assert (error.code, error.field) == ("fetch_failed", "input_url")
    assert "host that was not found" in error.message
    assert capsys.readouterr().err == ""
