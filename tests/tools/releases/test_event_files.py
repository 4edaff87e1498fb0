"""Events as files: what is read, and how a broken one is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline_runs import ROOT
from tools.releases import event_files

GOOD: dict[str, Any] = {
    "request": {"method": "POST", "path": "/predict", "body": {"x": 1}},
    "answer": {"status": 200, "body": {"y": 2}},
}


def written(folder: Path, event: object, name: str = "one.json") -> Path:
    path = folder / name
    path.write_text(event if isinstance(event, str) else json.dumps(event, indent=2))
    return path


def with_request(**more: object) -> dict[str, Any]:
    return GOOD | {"request": GOOD["request"] | more}


def test_a_file_in_a_body_is_base64_and_a_file_as_the_body_is_itself(tmp_path: Path) -> None:
    (tmp_path / "dog.jpg").write_bytes(b"\xff\xd8")
    inside = with_request(body={"pictures": [{"data": {"$file": "dog.jpg"}}]})
    assert event_files.read(written(tmp_path, inside))["request"]["body"] == {"pictures": [{"data": "/9g="}]}
    whole = GOOD | {"request": {"method": "POST", "path": "/", "body_file": "dog.jpg"}}
    assert event_files.read(written(tmp_path, whole))["request"]["content"] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("event", "line", "why"),
    [
        ('{\n "request": {,\n}', 2, "this is not JSON"),
        (GOOD | {"answer": {"status": "200", "body": {}}}, 10, "Expected `int`, got `str` - at `$.answer.status`"),
        ({"request": GOOD["request"]}, 1, "missing required field `answer`"),
        (GOOD | {"tolerence": {}}, 15, "unknown field `tolerence`"),
        (GOOD | {"tolerance": {"y": {"relative": 1}}}, 17, "unknown field `relative` - at `$.tolerance[...]`"),
        (with_request(body={"x": {"$file": "gone.jpg"}}), 7, "there is no file gone.jpg beside it"),
        ([], 1, "Expected `object`, got `array`"),
    ],
)
def test_a_broken_event_is_told_with_file_and_line(tmp_path: Path, event: object, line: int, why: str) -> None:
    path = written(tmp_path, event)
    [said] = event_files.problems(tmp_path)
    assert said.startswith(f"{path}:{line}: ")
    assert why in said


def test_all_broken_events_are_told_at_once_and_never_as_a_trace(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        written(tmp_path, "{", name)
    written(tmp_path, GOOD, "c.json")
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools"), "releases.events", "--check", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert [line.partition(":")[0] for line in run.stderr.splitlines()] == [f"{tmp_path}/{name}.json" for name in "ab"]


def test_what_is_compared_has_a_digest_that_files_and_names_decide(tmp_path: Path) -> None:
    (tmp_path / "dog.jpg").write_bytes(b"1")
    path = written(tmp_path, GOOD)
    seen = {event_files.digest(tmp_path)}
    (tmp_path / "dog.jpg").write_bytes(b"2")
    seen.add(event_files.digest(tmp_path))
    path.rename(tmp_path / "two.json")
    seen.add(event_files.digest(tmp_path))
    assert len(seen) == 3
    assert event_files.digest(tmp_path) in seen


def test_the_schema_in_docs_is_the_one_that_is_held() -> None:
    """Editors check events with it while they are written."""
    assert json.loads((ROOT / "docs" / "event.schema.json").read_text()) == event_files.schema()


def test_every_event_of_every_folder_can_be_used() -> None:
    folders = {path.parent for path in ROOT.glob("*/events/*.json")}
    assert folders
    assert [problem for folder in folders for problem in event_files.problems(folder)] == []
    for path in ROOT.glob("*/events/*.json"):
        msgspec.json.decode(path.read_bytes(), type=event_files.Event)
