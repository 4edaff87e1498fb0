"""Chooses the folders to measure, and the request for each."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from bench import images, picture
from tools.releases import event_files
from tools.stacks import api_path, model


class NothingToAsk(Exception):
    """A folder has no suitable request. The message says what is missing."""


def folder(word: str) -> str:
    """The name of an example with a naive twin, or the path of any other model folder."""
    place = Path(word).resolve()
    if not place.exists():
        place = images.ROOT / word
    if place.parent == images.ROOT and place.name in images.folders():
        return place.name
    for file in ("Dockerfile", "app/main.py"):
        if not (place / file).is_file():
            raise ValueError(f"{word} is not a model folder: it has no {file}; examples: {', '.join(images.folders())}")
    return str(place)


def request(folder: str) -> bytes:
    """The request that the twin gets too, or the first suitable one of the folder's events."""
    return _of_twin(folder) if images.has_twin(folder) else _of_events(images.ROOT / folder)


def _of_twin(folder: str) -> bytes:
    """The request of request.json. "$picture" stands for the picture in base64; fields named "$…" are left out."""
    read = json.loads((images.NAIVE / folder / "request.json").read_text())
    event = {name: value for name, value in read.items() if not name.startswith("$")}
    for name, value in event.items():
        if value == "$picture":
            event[name] = b64encode(picture.cached(images.CACHE).read_bytes()).decode()
    return json.dumps(event).encode()


def _of_events(folder: Path) -> bytes:
    """The body of an event for the model's own path. Events for any of the folder's weights are preferred."""
    path = api_path.path(model.read(folder))
    events = event_files.read_all(folder / "events").values()
    good = [event for event in events if _asks(event["request"], path) and event["answer"]["status"] == 200]
    if not good:
        raise NothingToAsk(
            f"{folder.name} has no event that sends JSON to {path} and expects 200, so there is nothing to ask it; "
            "docs/events.md says what one holds"
        )
    return json.dumps(min(good, key=lambda event: "when" in event)["request"]["body"]).encode()


def _asks(request: dict[str, Any], path: str) -> bool:
    return request["method"] == "POST" and request["path"] == path and isinstance(request.get("body"), dict)
