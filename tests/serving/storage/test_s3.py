"""A model from a bucket: whole, checked, kept; and what is wrong is said."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from leftovers import nothing_left_open
from serving.storage import s3, signing

CONTENT = os.urandom(1 << 20) * 19 + b"the end"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/of+the", "AWS_REGION": "eu-central-1"}


class Bucket(ThreadingHTTPServer):
    """Answers ranges of one object, and does what it is told to do wrong first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ranges)
        self.ranges: list[tuple[int, int]] = []
        self.paths: set[str] = set()
        self.signers: set[str] = set()
        self.failures: list[str] = []
        self.content = CONTENT
        self.lock = Lock()


class Ranges(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/credentials":
            self.give_credentials()
            return
        self.server.signers.add(self.headers["authorization"].split("Credential=")[1].split("/")[0])
        first, last = map(int, re.findall(r"\d+", self.headers["range"]))
        bucket = self.server
        with bucket.lock:
            bucket.ranges.append((first, last))
            bucket.paths.add(self.path)
            failure = bucket.failures.pop() if bucket.failures else ""
        if failure.isdigit():
            self.send_error(int(failure))
            return
        content = bucket.content[first : last + 1]
        if failure == "short":
            content = content[:1000]
        self.send_response(200 if failure == "whole" else 206)
        if failure != "whole":
            self.send_header("Content-Range", f"bytes {first}-{first + len(content) - 1}/{len(bucket.content)}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:1000] if failure == "half" else content)
        self.close_connection = failure == "half"

    def give_credentials(self) -> None:
        known = self.headers["authorization"] == "the token"
        body = json.dumps({"AccessKeyId": "AKIDOFADDRESS", "SecretAccessKey": "also secret", "Token": "t"}).encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    server = Bucket()
    Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}.items():
        monkeypatch.setenv(name, value)
    yield server
    server.shutdown()
    server.server_close()


def fetch(keep: Path, sha256: str = SHA256) -> Path:
    return s3.model("s3://my-bucket/models/", f"{sha256}.tflite", sha256, keep)


def test_the_file_comes_whole_in_ranges(bucket: Bucket, tmp_path: Path) -> None:
    assert fetch(tmp_path).read_bytes() == CONTENT
    assert len(bucket.ranges) == 3
    assert bucket.paths == {f"/my-bucket/models/{SHA256}.tflite"}


def test_credentials_come_from_an_address_where_a_snapshot_is_taken(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{bucket.server_port}/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the token")
    assert fetch(tmp_path).read_bytes() == CONTENT
    assert bucket.signers == {"AKIDOFADDRESS"}
    # This address does not say when they end.
    found = signing.credentials(os.environ)
    assert (found["AWS_SESSION_TOKEN"], found[signing.EXPIRATION]) == ("t", "")

    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")
    with pytest.raises(s3.Unreadable, match="gives no credentials: status 403"):
        fetch(tmp_path / "elsewhere")


def test_a_store_that_gives_no_parts_gives_a_small_file_whole(bucket: Bucket, tmp_path: Path) -> None:
    bucket.content, bucket.failures = b"small", ["whole"]
    assert fetch(tmp_path, hashlib.sha256(b"small").hexdigest()).read_bytes() == b"small"


def test_a_function_keeps_it_where_alone_it_may_write() -> None:
    assert s3.KEEP.is_relative_to("/tmp")


def test_it_is_kept(bucket: Bucket, tmp_path: Path) -> None:
    first = fetch(tmp_path / "not" / "there yet")
    bucket.ranges.clear()
    assert fetch(tmp_path / "not" / "there yet") == first
    assert bucket.ranges == []


def test_a_kept_file_that_changed_is_fetched_again(bucket: Bucket, tmp_path: Path) -> None:
    fetch(tmp_path).write_bytes(b"other")
    assert fetch(tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("failure", ["503", "500", "half", "short"])
def test_a_passing_failure_is_passed_over(bucket: Bucket, tmp_path: Path, failure: str) -> None:
    bucket.failures = [failure, failure]
    assert fetch(tmp_path).read_bytes() == CONTENT


def test_no_connection_is_left_open(bucket: Bucket, tmp_path: Path) -> None:
    bucket.failures = ["half", "503"]
    with nothing_left_open():
        fetch(tmp_path)


@pytest.mark.parametrize("failures", [["403"], ["404"], ["503"] * 9])
def test_a_lasting_failure_is_said_and_leaves_nothing(bucket: Bucket, tmp_path: Path, failures: list[str]) -> None:
    bucket.failures = failures
    with pytest.raises(s3.Unreadable, match=failures[0]):
        fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_content_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    bucket.content = CONTENT[:-1]
    with pytest.raises(s3.Unreadable, match="sha256"):
        fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["s3://", "s3://bucket", "s3://bucket/", "https://bucket/key", "bucket/key"])
def test_what_is_no_address_of_an_object_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="s3://BUCKET/KEY"):
        s3.where(uri, KEYS)


@pytest.mark.parametrize(
    ("uri", "region", "url"),
    [
        ("s3://b/m/a.tflite", "eu-central-1", "https://b.s3.eu-central-1.amazonaws.com/m/a.tflite"),
        ("s3://b.c/m/a.tflite", "us-east-1", "https://s3.us-east-1.amazonaws.com/b.c/m/a.tflite"),
        ("s3://b/m", "cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/m"),
        ("s3://b/m n", "us-east-1", "https://b.s3.us-east-1.amazonaws.com/m%20n"),
    ],
)
def test_the_address_on_aws(uri: str, region: str, url: str) -> None:
    at = s3.where(uri, {"AWS_REGION": region})
    assert f"https://{at.host}{at.path}" == url
    assert at.secure


@pytest.mark.parametrize("token", ["", "a-session-token"])
@pytest.mark.parametrize("uri", ["s3://my-bucket/models/a.tflite", "s3://my.bucket/a b+c~d/ü.tflite"])
def test_the_signature_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch, token: str, uri: str) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    environment = {**KEYS, "AWS_SESSION_TOKEN": token} if token else KEYS
    at = s3.where(uri, environment)
    headers = s3.signed(at, environment, now)

    request = AWSRequest("GET", f"https://{at.host}{at.path}", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    keys = Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], token or None)
    signer = S3SigV4Auth(keys, "s3", KEYS["AWS_REGION"])
    request.context["timestamp"] = headers["x-amz-date"]
    monkeypatch.setattr(signer, "_modify_request_before_signing", lambda _: None)
    for name in ("x-amz-date", "x-amz-security-token"):
        if name in headers:
            request.headers[name] = headers[name]
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert headers["authorization"].endswith(f"Signature={signature}")
