"""A bucket of a separate MiniStack, and chunks of batches in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import serving
import tables
from serving.storage.objects import Objects

NAME = "a-bucket"
# The request id, the same in answers that are compared.
SAME = "the same"
OUTPUT = "batches/1/results/000000000.jsonl"
_SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/s3/aws4_request"}
_WHERE = (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    f"<LocationConstraint>{tables.KEYS['AWS_REGION']}</LocationConstraint></CreateBucketConfiguration>"
)


class Bucket:
    """A bucket, accessed by the code under test, which other tests compare with botocore."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.environment = {**tables.KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        self.objects = Objects(self.environment)
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("PUT", f"/{NAME}", _WHERE, _SIGNED)
        assert connection.getresponse().status == 200
        connection.close()

    def put(self, key: str, content: bytes, type_: str = "binary/octet-stream") -> None:
        self.objects.put(NAME, key, lambda: [content], len(content), hashlib.sha256(content).hexdigest(), type_)

    def about(self, key: str) -> dict[str, str]:
        """What whoever wrote it has said about it."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        connection.request("HEAD", f"/{NAME}/{key}", headers=_SIGNED)
        headers = connection.getresponse().getheaders()
        connection.close()
        before = "x-amz-meta-"
        return {name[len(before) :]: value for name, value in headers if name.lower().startswith(before)}

    def get(self, key: str) -> bytes:
        return self.objects.get(NAME, key, 0, 1 << 30).content


@contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    with tables.ministack(folder) as port:
        yield Bucket(port)


def event(inputs: dict[str, Any], first: int = 0, key: str = OUTPUT) -> dict[str, Any]:
    return {"batch": {"first": first, "inputs": inputs, "output": {"bucket": NAME, "key": key}}}


def lines(bucket: Bucket, bodies: Sequence[bytes], end: bytes = b"\n", key: str = "input/lines") -> dict[str, Any]:
    """A chunk whose inputs are lines in the middle of an object."""
    before, content = b'{"another": "chunk\'s"}\n', b"\n".join(bodies) + end
    bucket.put(key, before + content + before)
    return {"lines": {"bucket": NAME, "key": key, "start": len(before), "end": len(before) + len(content)}}


def pieces(bucket: Bucket, bodies: Sequence[bytes], key: str = "input/00000") -> dict[str, Any]:
    bucket.put(key, b"before" + b"".join(bodies) + b"after")
    return {"pieces": {"bucket": NAME, "key": key, "start": 6, "sizes": [len(body) for body in bodies]}}


def objects(bucket: Bucket, bodies: dict[str, bytes], type_: str = "binary/octet-stream") -> dict[str, Any]:
    for key, body in bodies.items():
        bucket.put(key, body, type_)
    return {"objects": {"bucket": NAME, "keys": list(bodies)}}


def by_address(handler: serving.Handler[Any], body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    """Status and body of a request with that id."""
    request = serving.Request("POST", handler.path, headers={"content-type": content_type}, body=body)
    response = handler.respond(request, SAME)
    return response.status, json.loads(response.body)


def as_by_address(row: dict[str, Any]) -> tuple[int, Any]:
    """A row of results as status and body, as the address would have answered."""
    if "output" in row:
        assert row.keys() <= {"row", "output", "ms", "version"}
        return 200, row["output"]
    assert row.keys() <= {"row", "status", "error", "ms", "version"}
    return row["status"], {**row["error"], "request_id": SAME}


def without_times(content: bytes) -> bytes:
    return re.sub(rb'"ms":[0-9.e-]+', b'"ms":0', content)


def results(bucket: Bucket, key: str = OUTPUT) -> list[Any]:
    return [json.loads(line) for line in bucket.get(key).splitlines()]
