"""The gate's result for each version, and the events that it was tested with: stored in the project's bucket."""

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
    # A stack that was made again numbers its versions from 1; the date tells them from earlier ones.
    published: str
    passed: bool
    failed: int
    sent: int
    when: str
    # The digest of the events; records of an older pipeline have none.
    events: str = ""
    # What the version's /health wants people to know.
    note: str = ""


def keep(storage: Any, bucket: str, record: Record) -> None:
    storage.put_object(
        Bucket=bucket,
        Key=f"{PREFIX}{record.version}.json",
        Body=json.dumps(asdict(record)).encode(),
        ContentType="application/json",
        # A run that changes nothing reads only this.
        Metadata={"events": record.events},
    )


def keep_events(storage: Any, bucket: str, version: str, events: Events) -> None:
    """Includes the files that they name, so that they can be sent again after the folder has changed."""
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
