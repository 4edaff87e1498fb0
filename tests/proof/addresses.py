"""Addresses that lead where they should not, and origins that answer as none should."""

from __future__ import annotations

import functools
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from hypothesis import strategies as st

import serving
from proof.kind import Broken, Kind, handled, word, words
from serving.pictures import classification

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"]
PRIVATE = words("""
127.0.0.1 10.0.0.1 169.254.169.254 192.168.1.1 172.16.0.1 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 ::
::127.0.0.1 fe80::1 ff02::1 fd00:ec2::254 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe 2002:7f00:1::
2001:0:7f00:1::
""")
# With digits and stops of other scripts, which some resolvers take for ours.
HOSTS = words("""
localhost 127.1 0x7f000001 2130706433 017700000001 127.0.0.1. 0x7f.1 ①②⑦.⓪.⓪.① 127。0。0。1 xn--0.com faß.de
user@127.0.0.1 169.254.169.254.nip.io [::1] [::ffff:7f00:1] [fe80::1%25eth0] [::1 . .. - _ * metadata.google.internal
127.0.0.1#@example.com 127.0.0.1%00.example.com
""")
HOSTS += ["", "ex\u00adample.com", "a" * 64 + ".com", "\uff11\uff12\uff17.0.0.1"]
# What nobody wonders at stands more often than the rest, which would else never get far.
SCHEMES = [*["http", "https"] * 8, "HTTP", "hTTps", "ftp", "file", "gopher", "javascript", "data", ""]
AFTER_SCHEME = [*["://"] * 9, ":", "//", ":///"]
PORTS = [*[""] * 20, ":80", ":443", ":22", ":0", ":99999", ":", ":-1", ":٣"]
RESTS = [*["/", "", "/a?b#c"] * 4, "//", "/%2e%2e/", "/\r\nHost: x"]
TEXT = st.text(st.characters(codec=None), max_size=12)


@st.composite
def urls(draw: st.DrawFn) -> str:
    named = st.sampled_from([*HOSTS, *PRIVATE, *PUBLIC, *["example.com"] * 20])
    host = draw(named | st.ip_addresses().map(str) | TEXT)
    if ":" in host and draw(st.booleans()):
        host = f"[{host}]"
    before = draw(st.sampled_from(SCHEMES)) + draw(st.sampled_from(AFTER_SCHEME))
    return before + host + draw(st.sampled_from(PORTS)) + draw(st.sampled_from(RESTS) | TEXT)


# --- what an origin says --------------------------------------------------------------------------

FOUND = b"HTTP/1.1 302 Found"
STATUS = [*[b"HTTP/1.1 200 OK", FOUND] * 6, b"HTTP/1.0 200", b"HTTP/1.1 100 Continue", b"HTTP/1.1 -1 x", b"200"]
HEADERS = [
    *[b"Content-Type: image/png", b"Transfer-Encoding: chunked", b"Content-Length: 20"] * 8,
    *(b"Content-Type: \xff", b"Content-Type: =?x?b?x?=", b"Content-Encoding: gzip", b"Content-Length: 3, 3"),
    *(b"Content-Length: 3", b"Content-Length: -5", b"Content-Length: " + b"9" * 40),
    *(b"Transfer-Encoding: gzip, chunked", b"Location: /x", b"Location: http://[x/"),
    *(b": x", b"X", b" folded: y", b"X: " + b"y" * 70_000, b"Location: =?utf-8?q?http://[x/?=", b"\0: \0"),
]
CHUNKS = [
    *[b"3\r\nPNG\r\n", b"0\r\n\r\n"] * 4,
    *(b"-8\r\nPNG\r\n", b"-1\r\n", b"f" * 40 + b"\r\n", b"3;x=y\r\nPNG\r\n", b"\xb2\r\n"),
]


BODY = b"\x89PNG"
WHOLE = [
    b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n" + BODY + b"\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + BODY,
    FOUND + b"\r\nLocation: https://example.com/other\r\n\r\n",
    FOUND + b"\r\nLocation: //example.com:443/\r\nContent-Length: 0\r\n\r\n",
]


@st.composite
def answers(draw: st.DrawFn, location: st.SearchStrategy[str] | None = None) -> bytes:
    lines = [draw(st.sampled_from(STATUS)), *draw(st.lists(st.sampled_from(HEADERS), max_size=4))]
    if location is not None:
        lines = [FOUND, b"Location: " + draw(location).encode(errors="surrogatepass"), *lines[1:2]]
    end = draw(st.sampled_from([b"\r\n", b"\r\n", b"\n"]))
    chunks = draw(st.lists(st.sampled_from(CHUNKS), max_size=3))
    return end.join([*lines, b"", b"".join(chunks)]) + draw(st.binary(max_size=20))


# --- what is fetched ------------------------------------------------------------------------------


class Internet:
    """Resolvers and origins that are somebody else's. It may not be dialled where it is private."""

    def __init__(self, resolved: list[list[str]], said: list[bytes]) -> None:
        self._resolved, self._said = iter(resolved), iter(said)
        self.origins: list[socket.socket] = []

    def resolve(self, host: str, port: int, **_: Any) -> Iterator[tuple[Any, ...]]:
        host.encode("idna")  # as the real one does
        try:
            addresses = [str(ipaddress.ip_address(host))]
        except ValueError:
            addresses = next(self._resolved, [])
        if not addresses:
            raise socket.gaierror
        return iter([(0, 0, 0, "", (address, port)) for address in addresses])

    def dial(self, to: tuple[str, int], timeout: float) -> socket.socket:
        if to[1] not in (80, 443) or is_closed(to[0]):
            raise Broken(f"{to} was dialled")
        said = next(self._said, None)
        if said is None:
            raise ConnectionRefusedError
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # What does not fit is not said.
        ours.send(said)
        ours.shutdown(socket.SHUT_WR)
        self.origins.append(ours)
        theirs.settimeout(timeout)
        return theirs


def is_closed(address: str) -> bool:
    """By somebody else's judgement than that of the code that is tried."""
    found = ipaddress.ip_address(address)
    kinds = (found.is_private, found.is_loopback, found.is_link_local, found.is_multicast, found.is_unspecified)
    return any(kinds) or found.is_reserved


@contextmanager
def connected(internet: Internet) -> Iterator[None]:
    with (
        mock.patch.object(socket, "getaddrinfo", internet.resolve),
        mock.patch.object(socket, "create_connection", internet.dial),
    ):
        try:
            yield
        finally:
            for origin in internet.origins:
                origin.close()


@functools.cache
def handler() -> serving.Handler[None]:
    def predict(_: None, query: classification.Query) -> int:
        return len(classification.picture(query)[0])

    return serving.Handler(lambda: None, predict, name="addresses")


def check(case: dict[str, Any]) -> str:
    with connected(Internet(case["resolved"], case["said"])):
        return word(handled(handler(), {"input_url": case["url"]})[1])


SOMEWHERE = st.sampled_from([*PUBLIC * 60, *PRIVATE]) | st.ip_addresses().map(str)
RESOLVED = st.sampled_from([PUBLIC[:1]]) | st.lists(SOMEWHERE, min_size=1, max_size=3)
ANYWHERE = {
    "url": urls(),
    "resolved": st.lists(RESOLVED, min_size=1, max_size=4),
    "said": st.lists(st.sampled_from(WHOLE) | answers(urls()) | answers(), max_size=4),
}
ONE_ORIGIN = {
    "url": st.just("http://example.com/cat.png"),
    "resolved": st.just([PUBLIC[:1]] * 4),
    "said": st.lists(st.sampled_from(WHOLE) | answers() | answers(st.just("/next")), min_size=1, max_size=4),
}
ADDRESSES = Kind("addresses", check, drawn=st.fixed_dictionaries(ANYWHERE), varied=("url", "said"))
ORIGINS = Kind("origins", check, drawn=st.fixed_dictionaries(ONE_ORIGIN), varied=("said",))
