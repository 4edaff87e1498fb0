"""What HTTP tells a server to refuse, rule by rule; test_connection.py says that a connection is held to them."""

from __future__ import annotations

import pytest

from serving.requests.errors import Refused
from serving.server import rules

HOST = (b"host", b"a.test")
LENGTH, CHUNKED = (b"content-length", b"3"), (b"transfer-encoding", b"chunked")


def refusal(version: str, target: bytes = b"/", *headers: tuple[bytes, bytes]) -> tuple[int, str] | None:
    try:
        rules.check(version, target, headers)
    except Refused as refused:
        return refused.status, refused.code
    return None


@pytest.mark.parametrize(("version", "taken"), [("1.1", True), ("1.0", True), ("0.9", False), ("2.0", False)])
def test_only_versions_that_are_spoken_are_answered(version: str, taken: bool) -> None:
    assert refusal(version, b"/", HOST) == (None if taken else (505, "version_not_supported"))


@pytest.mark.parametrize("more", [0, 1])
def test_a_head_may_have_64_kilobytes_with_what_stands_between_its_fields(more: int) -> None:
    fields = [HOST, (b"a", b"b" * 100)]
    taken = 4 * len(fields) + sum(len(name) + len(value) for name, value in fields)
    target = b"/" * (64 * 1024 - taken + more)
    assert refusal("1.1", target, *fields) == ((431, "head_too_large") if more else None)


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"a.test",
        b"a.test:8080",
        b"a.test:",
        b"A-b_c~!$&'()*+,;=",
        b"%41b",
        b"10.0.0.1",
        b"[2001:db8::1]",
        b"[::1]:80",
    ],
)
def test_a_host_may_be_a_name_an_address_or_nothing(host: bytes) -> None:
    assert refusal("1.1", b"/", (b"host", host)) is None


@pytest.mark.parametrize(
    "host",
    [
        b"a b",
        b"a/b",
        b"a@b",
        b"a:b",
        b"a:80:80",
        b"[::1",
        b"::1",
        b"[x]",
        b"%4",
        b"%zz",
        b"\xc3\xbc",
        b"a\n",
        b"[::1]x",
    ],
)
def test_what_is_no_host_is_refused(host: bytes) -> None:
    assert refusal("1.1", b"/", (b"host", host)) == (400, "bad_request")


def test_a_host_is_named_once() -> None:
    assert refusal("1.1", b"/", HOST, HOST) == (400, "bad_request")


def test_a_body_has_one_length_and_one_that_its_version_knows() -> None:
    assert refusal("1.1", b"/", HOST, LENGTH) is None
    assert refusal("1.1", b"/", HOST, CHUNKED) is None
    assert refusal("1.1", b"/", HOST, CHUNKED, LENGTH) == (400, "bad_request")
    assert refusal("1.0", b"/", HOST, LENGTH) is None
    assert refusal("1.0", b"/", HOST, CHUNKED) == (400, "bad_request")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a", "/a"),
        ("http://a.test/b/c", "/b/c"),
        ("HTTPS://a.test", "/"),
        ("/a?b=http://c/d", "/a?b=http://c/d"),
        ("ftp://a.test/b", "ftp://a.test/b"),
        ("*", "*"),
    ],
)
def test_of_a_whole_address_the_path_counts(target: str, path: str) -> None:
    assert rules.path_of(target) == path
