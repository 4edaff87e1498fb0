"""All hostile cases as requests to one model folder: the events, and the pictures in its own form of request."""

from __future__ import annotations

import base64
import functools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_events
from hostile_pictures import COSTLY, NAMED
from picture_mutants import mutant, seeds
from tools.releases import event_files, invocation

SIDE = 1000
MUTANTS = 300


def golden(folder: Path, events: event_files.Events) -> tuple[Path, dict[str, Any]]:
    """The first event that is a prediction, preferably with a picture."""
    good = [
        folder / "events" / f"{name}.json"
        for name, event in events.items()
        if event["answer"]["status"] == 200 and event["request"]["method"] == "POST"
    ]
    path = max(good, key=lambda path: "body_file" in path.read_text() or "$file" in path.read_text())
    return path, events[path.stem]


def _with_picture(path: Path, event: dict[str, Any], picture: bytes) -> dict[str, Any] | None:
    """The same request with another picture, or None if it has no picture."""
    if "content" in event["request"]:
        return {**event["request"], "content": picture}
    asked = json.loads(path.read_text())["request"].get("body", {})
    fields = [name for name, value in asked.items() if isinstance(value, dict) and "$file" in value]
    if not fields:
        return None
    return {
        **event["request"],
        "body": {**event["request"]["body"], fields[0]: base64.b64encode(picture).decode()},
    }


@functools.cache
def _pictures() -> list[tuple[str, bytes]]:
    seed = random.randrange(1 << 32)
    chance, sound = random.Random(seed), seeds()
    return [
        *((name, make()) for name, (make, _) in NAMED.items()),
        *((name, make(SIDE)) for name, make in COSTLY.items()),
        *((f"mutant {number} of {seed}", mutant(chance, *chance.choice(sound))) for number in range(MUTANTS)),
    ]


def cases(path: Path, event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    request = event["request"]
    content_type = request.get("headers", {}).get("Content-Type", "application/json")
    yield from hostile_events.cases(request["path"].partition("?")[0], content_type)
    if _with_picture(path, event, b""):
        for name, picture in _pictures():
            yield name, invocation.event(_with_picture(path, event, picture) or {})


def is_none_of_ours(answer: Any) -> bool:
    """Whether it is no fault of ours: an answer to a request, or the failure that an event of another kind must get."""
    if not isinstance(answer, dict):
        return True
    if "errorType" in answer:
        return bool(answer["errorType"] == "EventNotTaken")
    return int(answer.get("statusCode", 200)) < 500 and answer.get("code") != "internal_error"
