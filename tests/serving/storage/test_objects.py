"""Objects of S3: what passes is tried again, what lasts is raised, and a write is whole or none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Thread

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import buckets
import tables
from buckets import Bucket
from leftovers import nothing_left_open
from serving.storage import objects, s3, signing
from serving.storage.objects import Objects, S3Busy, S3Refused

CONTENT = bytes(range(256)) * 40


class Store(tables.Counting):
    """Has one object, and does what it is told to do wrong first."""

    def __init__(self) -> None:
        super().__init__(Asked)
        self.moods: list[str] = []
        self.asked: list[str] = []
        # Of the last request.
        self.headers: dict[str, str] = {}
        self.content = CONTENT


class Asked(tables.KeepingOpen):
    server: Store

    def do_GET(self) -> None:
        first, last = map(int, self.headers["range"].removeprefix("bytes=").split("-"))
        self.answer(206, self.server.content[first : last + 1], first)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.answer(200, b""):
            self.server.content = body

    def answer(self, status: int, content: bytes, first: int = 0) -> bool:
        """Whether it was the right one."""
        self.server.asked.append(self.command)
        self.server.headers = {name.lower(): value for name, value in self.headers.items()}
        mood = self.server.moods.pop(0) if self.server.moods else ""
        if mood == "hang up":
            self.close_connection = True
            return False
        self.close_connection = mood == "less"
        self.send_response(int(mood) if mood.isdigit() else status)
        self.send_header("Content-Range", f"bytes {first}-{first + len(content) - 1}/{len(self.server.content)}")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "Text/CSV ; charset=utf-8")
        self.send_header("Content-Encoding", "GZip")
        if mood in ("half", "close"):
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if mood in ("half", "less") else content)
        return not mood.isdigit()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(objects, "_PAUSE", 0.001)
    with Store() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def put(to: Objects, content: bytes) -> None:
    blocks = [content[:7], content[7:]]
    to.put("b", "k", lambda: iter(blocks), len(content), hashlib.sha256(content).hexdigest(), "text/plain")


PASSING = ["hang up", "half", "429", "500", "502", "503", "504"]


@pytest.mark.parametrize("mood", PASSING)
def test_what_passes_is_passed_over(store: Store, mood: str) -> None:
    store.moods = [mood] * 3
    assert Objects(store.environment).get("b", "k", 3, 5).content == CONTENT[3:8]
    assert store.asked == ["GET"] * 4


@pytest.mark.parametrize("mood", [mood for mood in PASSING if mood != "half"])
def test_a_write_is_tried_again_with_all_of_it(store: Store, mood: str) -> None:
    store.moods = [mood] * 3
    put(Objects(store.environment), b"another content")
    assert (store.content, store.asked) == (b"another content", ["PUT"] * 4)


@pytest.mark.parametrize("mood", PASSING)
def test_what_does_not_pass_in_time_may_later(store: Store, mood: str) -> None:
    store.moods = [mood] * 9
    with pytest.raises(S3Busy, match=r"GET s3://b/k: (status|RemoteDisconnected|IncompleteRead|ConnectionReset)"):
        Objects(store.environment).get("b", "k", 0, 5)
    assert len(store.asked) == objects.TRIES


@pytest.mark.parametrize("status", [200, 301, 400, 403, 404, 409, 412])
def test_what_lasts_is_asked_once(store: Store, status: int) -> None:
    asked = Objects(store.environment)
    store.moods = [str(status)]
    with pytest.raises(S3Refused, match=f"s3://b/k cannot be read: status {status}") as refused:
        asked.get("b", "k", 0, 5)
    assert refused.value.status == status
    if status != 200:
        store.moods = [str(status)]
        with pytest.raises(S3Refused, match=f"s3://b/k cannot be written: status {status}"):
            put(asked, b"another content")
        assert (store.asked, store.content) == (["GET", "PUT"], CONTENT)


def test_what_s3_says_of_an_object_is_found_with_it(store: Store) -> None:
    found = Objects(store.environment).get("b", "k", 9, 5)
    assert found == objects.Found(CONTENT[9:14], len(CONTENT), "text/csv", "gzip")


def test_a_request_is_signed_as_what_it_is(store: Store) -> None:
    """MiniStack believes everybody."""
    put(Objects(store.environment), b"another content")
    sent = {name: store.headers[name] for name in ("content-type", "content-length", "x-amz-content-sha256")}
    now = datetime.strptime(store.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    at, digest = s3.place("b", "k", store.environment), hashlib.sha256(b"another content").hexdigest()
    assert sent == {"content-type": "text/plain", "content-length": "15", "x-amz-content-sha256": digest}
    wanted = signing.signed("PUT", at, "s3", tables.KEYS, now, sent, digest)
    assert store.headers["authorization"] == wanted["authorization"]


def test_a_connection_is_kept_until_the_other_side_closes_it(store: Store) -> None:
    asked = Objects(store.environment)
    for _ in range(5):
        asked.get("b", "k", 0, 5)
    assert store.connections == 1
    store.moods = ["close"]
    for _ in range(2):
        asked.get("b", "k", 0, 5)
    assert (store.connections, len(store.asked)) == (2, 7)
    asked.close()
    asked.get("b", "k", 0, 5)
    assert store.connections == 3


def test_what_is_closed_leaves_no_connection_open_nor_does_a_try_that_failed(store: Store) -> None:
    with nothing_left_open():
        asked = Objects(store.environment)
        store.moods = ["less"]
        asked.get("b", "k", 0, 50)
        asked.close()
    assert store.connections == 2


def test_several_threads_may_ask_at_once(store: Store) -> None:
    asked = Objects(store.environment)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: asked.get("b", "k", start, 9).content, range(1000)))
    assert found == [CONTENT[start : start + 9] for start in range(1000)]
    assert store.connections <= 8


def test_an_object_is_found_as_it_was_written(bucket: Bucket) -> None:
    bucket.put("a b/ü?#+%", b"0123456789", "Text/CSV; charset=utf-8")
    for start, size, content in (
        (0, 10, b"0123456789"),
        (0, 99, b"0123456789"),
        (8, 5, b"89"),
        (10, 1, b""),
        (99, 1, b""),
    ):
        found = bucket.objects.get(buckets.NAME, "a b/ü?#+%", start, size)
        assert (found.content, found.size) == (content, 10)
    assert (found.content_type, found.encoding) == ("", "")
    found = bucket.objects.get(buckets.NAME, "a b/ü?#+%", 0, 1)
    assert (found.content_type, found.encoding) == ("text/csv", "")
    bucket.put("empty", b"")
    assert bucket.objects.get(buckets.NAME, "empty", 0, 1) == objects.Found(b"", 0)


@pytest.mark.parametrize("token", ["", "a-session-token"])
def test_the_signature_of_a_write_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    environment = {**tables.KEYS, "AWS_SESSION_TOKEN": token} if token else tables.KEYS
    at, digest = s3.place("my-bucket", "a b+c~d/ü.jsonl", environment), hashlib.sha256(b"content").hexdigest()
    given = {"x-amz-content-sha256": digest, "content-type": "application/jsonl"}
    headers = signing.signed("PUT", at, "s3", environment, now, given, digest)

    request = AWSRequest("PUT", f"https://{at.host}{at.path}", headers=given, data=b"content")
    keys = Credentials(tables.KEYS["AWS_ACCESS_KEY_ID"], tables.KEYS["AWS_SECRET_ACCESS_KEY"], token or None)
    signer = S3SigV4Auth(keys, "s3", tables.KEYS["AWS_REGION"])
    request.context["timestamp"] = headers["x-amz-date"]
    monkeypatch.setattr(signer, "_modify_request_before_signing", lambda _: None)
    for name in ("x-amz-date", "x-amz-security-token"):
        if name in headers:
            request.headers[name] = headers[name]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")
