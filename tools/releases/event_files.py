"""A folder's events: sample requests, each with the expected answer. docs/events.md describes the format."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec


class Request(msgspec.Struct, forbid_unknown_fields=True):
    method: str
    # From the API's root.
    path: str
    headers: dict[str, str] = {}
    # JSON, in which {"$file": "dog.jpg"} stands for that file beside the event, as base64.
    body: Any = msgspec.UNSET
    # Or a file that is the whole body.
    body_file: str | msgspec.UnsetType = msgspec.UNSET


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    status: int
    body: Any


class Tolerance(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How far numbers may be off. The larger of rel and abs counts; cosine applies to a list as a whole."""

    rel: float = 0.0
    abs: float = 0.0
    # The least cosine similarity.
    cosine: float | msgspec.UnsetType = msgspec.UNSET


class Event(msgspec.Struct, forbid_unknown_fields=True):
    request: Request
    answer: Answer
    # By key of the body, "" for a body that is no object. A bare number is a relative tolerance.
    tolerance: dict[str, float | Tolerance] = {}
    # Keys that must be there, but whose values differ from call to call.
    ignore: list[str] = []
    # The event is sent only to a model whose /health says this.
    when: dict[str, Any] = {}


Events = dict[str, dict[str, Any]]
"""Events by their files' names without extension."""


class Broken(Exception):
    """An unusable event: which file, where in it, and why."""


def paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def read_all(folder: Path) -> Events:
    return {path.stem: read(path) for path in paths(folder)}


def decoded(kept: dict[str, Any]) -> Events:
    """The events, read back from JSON, which holds a file body as base64."""
    for event in kept.values():
        if "content" in event["request"]:
            event["request"]["content"] = base64.b64decode(event["request"]["content"])
    return kept


def read(path: Path) -> dict[str, Any]:
    """The event with the files that it names: base64 within a JSON body, raw bytes as a whole body."""
    event = _checked(path)
    event["request"] = _with_files(event["request"], path)
    if name := event["request"].pop("body_file", None):
        event["request"]["content"] = _content(path, name)
    return event


def digest(folder: Path) -> str:
    """A digest of the events and of the files that they name."""
    total = hashlib.sha256()
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:20]


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with the events of a folder, one line each."""
    for path in paths(folder):
        try:
            read(path)
        except Broken as problem:
            yield str(problem)


def schema() -> dict[str, Any]:
    """JSON Schema of an event, for editors: docs/event.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Event)}


def _checked(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        event = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise Broken(f"{path}:{line}: this is not JSON: {getattr(error, 'msg', error)}") from None
    try:
        msgspec.convert(event, Event)
    except msgspec.ValidationError as error:
        raise Broken(f"{path}:{_line_of(str(error), text)}: {error}") from None
    return dict(event)


def _line_of(finding: str, text: str) -> int:
    """The line of the key that a finding is about: Expected `int`, got `str` - at `$.answer.status`."""
    named = finding.partition("field `")[2].partition("`")[0]
    place = finding.rpartition("`$.")[2].rstrip("`").partition("[")[0].rpartition(".")[2]
    return _line_with(named, text) or _line_with(place, text) or 1


def _line_with(word: str, text: str) -> int | None:
    return next((number for number, line in enumerate(text.splitlines(), start=1) if f'"{word}"' in line), None)


def _with_files(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$file"}:
            return base64.b64encode(_content(path, value["$file"])).decode()
        return {name: _with_files(inner, path) for name, inner in value.items()}
    return [_with_files(inner, path) for inner in value] if isinstance(value, list) else value


def _content(path: Path, name: str) -> bytes:
    try:
        return (path.parent / name).read_bytes()
    except OSError:
        line = _line_with(name, path.read_text()) or 1
        raise Broken(f"{path}:{line}: there is no file {name} beside it") from None
