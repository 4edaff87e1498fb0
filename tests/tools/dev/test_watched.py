"""Which saves are seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.dev.watched import Watched


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    for name in ("app/main.py", "events/one.json", "train/train.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("before")
    return Watched([tmp_path])


def names(watched: Watched, folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in watched.changed()]


def test_a_file_that_is_written_made_or_taken_away_is_seen_once(watched: Watched, tmp_path: Path) -> None:
    assert names(watched, tmp_path) == []
    (tmp_path / "app" / "main.py").write_text("after!")
    (tmp_path / "app" / "more.py").write_text("new")
    (tmp_path / "events" / "one.json").unlink()
    assert names(watched, tmp_path) == ["app/main.py", "app/more.py", "events/one.json"]
    assert names(watched, tmp_path) == []


def test_an_editor_that_puts_another_file_in_its_place_is_seen(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "app" / ".main.py.new").write_text("before")
    os.utime(tmp_path / "app" / ".main.py.new", ns=(1, 1))
    (tmp_path / "app" / ".main.py.new").rename(tmp_path / "app" / "main.py")
    assert names(watched, tmp_path) == ["app/main.py"]


@pytest.mark.parametrize("name", ["app/.main.py.swp", "app/main.py~", "train/train.py", "app/__pycache__/main.pyc"])
def test_what_is_not_served_is_not_watched(watched: Watched, tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("after")
    assert names(watched, tmp_path) == []
