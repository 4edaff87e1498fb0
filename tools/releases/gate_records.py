"""What the comparison of each version came to, and the events that it was asked: kept in the project's bucket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from tools.releases import event_files
from tools.releases.event_files import Events

PREFIX = "releases/"
EVENTS = "events/"


@dataclass(frozen=True)
class Record:
    version: str
    # A stack that was made anew counts its versions from 1 again; this tells them from those before.
    published: str
    passed: bool
    failed: int
    sent: int
    when: str
    # The digest of the events; what an older pipeline compared has none.
    events: str = ""
    # What the version's /health told people to know of it.
    note: str = ""


def keep(storage: Any, bucket: str, record: Record) -> None:
    storage.put_object(
        Bucket=bucket,
        Key=f"{PREFIX}{record.version}.json",
        Body=json.dumps(asdict(record)).encode(),
        ContentType="application/json",
        # A run of the pipeline that changes nothing asks for this alone.
        Metadata={"events": record.events},
    )


def keep_events(storage: Any, bucket: str, version: str, events: Events) -> None:
    """With the files that they name, so that they can be asked again when the folder has moved on."""
    body = msgspec.json.encode(events)
    storage.put_object(Bucket=bucket, Key=f"{EVENTS}{version}.json", Body=body, ContentType="application/json")


def events(storage: Any, bucket: str, version: str) -> Events | None:
    try:
        body = storage.get_object(Bucket=bucket, Key=f"{EVENTS}{version}.json")["Body"].read()
    except (storage.exceptions.NoSuchKey, storage.exceptions.NoSuchBucket):
        return None
    return event_files.decoded(json.loads(body))


def find(storage: Any, bucket: str, version: str, published: str) -> Record | None:
    try:
        body = storage.get_object(Bucket=bucket, Key=f"{PREFIX}{version}.json")["Body"].read()
    except (storage.exceptions.NoSuchKey, storage.exceptions.NoSuchBucket):
        return None
    record = Record(**json.loads(body))
    return record if record.published == published else None
