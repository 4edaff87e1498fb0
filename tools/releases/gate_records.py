"""What the comparison of each version came to: one small object a version, in the project's bucket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

PREFIX = "releases/"


@dataclass(frozen=True)
class Record:
    version: str
    # A stack that was made anew counts its versions from 1 again; this tells them from those before.
    published: str
    passed: bool
    failed: int
    sent: int
    when: str


def keep(storage: Any, bucket: str, record: Record) -> None:
    body = json.dumps(asdict(record)).encode()
    storage.put_object(Bucket=bucket, Key=f"{PREFIX}{record.version}.json", Body=body, ContentType="application/json")


def find(storage: Any, bucket: str, version: str, published: str) -> Record | None:
    try:
        body = storage.get_object(Bucket=bucket, Key=f"{PREFIX}{version}.json")["Body"].read()
    except (storage.exceptions.NoSuchKey, storage.exceptions.NoSuchBucket):
        return None
    record = Record(**json.loads(body))
    return record if record.published == published else None
