"""Origins written by hand to break a client: each is a refusal about the field, soon, and nothing else."""

from __future__ import annotations

import random
import socket
import time
import tracemalloc
from dataclasses import dataclass

import pytest

from origins import FAST, Start, refusal
from serving.fetching.fetch import fetch
from serving.fetching.fetch_limits import Limits
from serving.requests.errors import Invalid

FOUND, OK = b"HTTP/1.1 302 Found\r\n", b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def to(location: bytes) -> bytes:
    return FOUND + b"Location: " + location + b"\r\n\r\n"


# What an origin says, and the code of the refusal; none where it is read as an empty answer.
SAID: dict[str, tuple[bytes, str]] = {
    "a redirect to half an address": (to(b"http://[x/"), "url_not_allowed"),
    "a redirect to an address with a zone": (to(b"http://[fe80::1%25eth0]/"), "url_not_allowed"),
    "a redirect to no host": (to(b"http:///x"), "fetch_failed"),
    "a redirect to a port there is not": (to(b"http://example.com:99999/"), "url_not_allowed"),
    "a redirect to bytes": (to(b"http://\xff\xfe/"), "fetch_failed"),
    "a redirect with a zero": (to(b"http://exa\0mple.com/"), "url_not_allowed"),
    "a redirect to an encoded word": (to(b"=?utf-8?q?http://[x/?="), "fetch_failed"),
    "a redirect to broken punycode": (to(b"http://xn--0.com/"), "fetch_failed"),
    "a redirect to a very long host": (to(b"http://" + b"a." * 500 + b"com/"), "fetch_failed"),
    "a negative chunk": (CHUNKED + b"-8\r\nPNG\r\n0\r\n\r\n", "fetch_failed"),
    "a chunk of minus one": (CHUNKED + b"-1\r\n" + b"x" * 2_000_000, "fetch_too_large"),
    "a chunk of more than there is": (CHUNKED + b"f" * 40 + b"\r\nPNG", "fetch_failed"),
    "a chunk size of words": (CHUNKED + b"three\r\nPNG\r\n", "fetch_failed"),
    "a chunk size without end": (CHUNKED + b"0" * 70_000, "fetch_failed"),
    "trailers without end": (CHUNKED + b"0\r\n" + b"X: y\r\n" * 200_000, "fetch_too_large"),
    "a negative length": (OK + b"Content-Length: -5\r\n\r\n", ""),
    "a length of forty digits": (OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n", "fetch_too_large"),
    "a status that is none": (b"HTTP/1.1 -200 OK\r\n\r\n", "fetch_failed"),
    "a status in other digits": (b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n", "fetch_failed"),
    "another protocol's version": (b"HTTP/9.9 200 OK\r\n\r\n", "fetch_failed"),
    "a header without a name": (OK + b": x\r\n\r\n", ""),
    "a type in bytes": (OK + b"Content-Type: \xff\xfe\r\n\r\nPNG", "fetch_wrong_type"),
    "a type in an encoded word": (OK + b"Content-Type: =?x?b?x?=\r\n\r\nPNG", "fetch_wrong_type"),
    "interim answers without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 200_000, "fetch_too_large"),
    "an upgrade": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "fetch_failed"),
    "zeros": (bytes(5000), "fetch_failed"),
    "line ends": (b"\r\n" * 5000, "fetch_failed"),
}


def saying(said: bytes, stream: socket.socket) -> None:
    stream.sendall(said)
    stream.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("name", SAID)
def test_whatever_an_origin_says_is_a_refusal_about_the_field(start: Start, name: str) -> None:
    said, code = SAID[name]
    url = start(lambda stream: saying(said, stream)).url
    started = time.monotonic()
    if code:
        error = refusal(url, FAST, field="images[3].url")
        assert (error.status, error.code, error.field) == (400, code, "images[3].url")
    else:
        assert fetch(url, FAST).body == b""
    assert time.monotonic() - started < FAST.seconds + 0.5


def test_no_more_is_held_than_was_asked_for(start: Start) -> None:
    def endless(stream: socket.socket) -> None:
        stream.sendall(CHUNKED + b"-1\r\n")
        while True:
            stream.sendall(b"x" * 65536)

    url = start(endless).url
    tracemalloc.start()
    try:
        error = refusal(url, Limits(seconds=2, max_bytes=1000))
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert error.code == "fetch_too_large"


@dataclass
class Mutating:
    """Pieces of answers in any order."""

    chance: random.Random

    def __call__(self, stream: socket.socket) -> None:
        pieces = [said for said, _ in SAID.values() if len(said) < 6000]
        whole = b"".join(self.chance.sample(pieces, 3))
        cut = bytearray(whole[self.chance.randrange(20) : self.chance.randrange(20, len(whole))])
        for _ in range(self.chance.randrange(4)):
            cut[self.chance.randrange(len(cut))] = self.chance.randrange(256)
        saying(OK[: self.chance.choice((0, len(OK)))] + bytes(cut), stream)


def test_nor_does_anything_else_get_out(start: Start) -> None:
    seed = random.randrange(1 << 32)
    url = start(Mutating(random.Random(seed))).url
    for turn in range(300):
        try:
            fetch(url, FAST)
        except Invalid:
            continue
        except BaseException as error:
            raise AssertionError(f"seed {seed}, turn {turn}") from error
