"""Where a batch keeps what it is made of: the model's bucket."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from tools.aws import clients

MISSING = ("404", "NoSuchKey", "NotFound")


class Object(NamedTuple):
    key: str
    size: int
    mark: str  # another one where the content is another


class Store(Protocol):
    """Objects by their keys."""

    bucket: str

    def put(self, key: str, content: bytes) -> None: ...
    def put_file(self, key: str, file: Path) -> None: ...
    def open(self, key: str, start: int = 0, end: int | None = None) -> IO[bytes]:
        """The object, or its bytes [start, end); KeyError if there is none."""

    def objects(self, prefix: str) -> Iterator[Object]:
        """In the order of their keys."""

    def folders(self, prefix: str) -> Iterator[str]:
        """What the keys below have next, up to a slash, each once."""

    def about(self, key: str) -> dict[str, str]:
        """What whoever wrote an object has said about it."""


class S3:
    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._s3 = clients.client("s3")

    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def put_file(self, key: str, file: Path) -> None:
        self._s3.upload_file(str(file), self.bucket, key)

    def open(self, key: str, start: int = 0, end: int | None = None) -> IO[bytes]:
        if end is not None and start >= end:
            return io.BytesIO()
        where: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if start or end is not None:
            where["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        try:
            body = self._s3.get_object(**where)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise KeyError(key) from None
            raise
        return io.BufferedReader(_Readable(body), 1 << 20)

    def about(self, key: str) -> dict[str, str]:
        said: dict[str, str] = self._s3.head_object(Bucket=self.bucket, Key=key)["Metadata"]
        return said

    def objects(self, prefix: str) -> Iterator[Object]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for found in page.get("Contents", []):
                yield Object(found["Key"], found["Size"], found["ETag"])

    def folders(self, prefix: str) -> Iterator[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        for page in pages:
            yield from (found["Prefix"] for found in page.get("CommonPrefixes", []))


class _Readable(io.RawIOBase):
    """A body of botocore's, as what a buffer reads from."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read: bytes = self._body.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)

    def readall(self) -> bytes:
        """Else it would be read by a few kilobytes."""
        read: bytes = self._body.read()
        return read

    def close(self) -> None:
        self._body.close()
        super().close()


def read(store: Store, key: str) -> bytes:
    with store.open(key) as opened:
        return opened.read()


def has(store: Store, key: str) -> bool:
    try:
        store.open(key).close()
    except KeyError:
        return False
    return True
