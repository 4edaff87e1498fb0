"""New model folders, made as `--new` makes them, and asked in this process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import model_apps
from new_folders import Make, Open
from pipeline_runs import MAIN_HOME, ROOT, Home, Run
from tools.models import environment
from tools.releases import comparison, event_files


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Runs the program behind --new in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def making(name: str, source: Path, *options: str, input: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "tools"), "models.new", name, str(source), str(MAIN_HOME / "cache")]
        return subprocess.run([*command, *options], input=input, capture_output=True, text=True)

    return making


@pytest.fixture
def made(home: Home, tmp_path: Path) -> Callable[..., Run]:
    """Runs --new itself. The home shares what is fetched, and so what was installed for a test's own models."""
    if not (home.path / "cache" / "frameworks").exists():
        (home.path / "cache" / "frameworks").symlink_to(MAIN_HOME / "cache" / "frameworks")

    def making(name: str, file: Path, *options: str) -> Run:
        return home.run("--new", name, "--from", str(file), *options, cwd=tmp_path)

    return making


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """The app of a new folder, which has answered its own events as they expect."""

    def opening(name: str) -> ModuleType:
        app = model_apps.of_folder(tmp_path / name, monkeypatch)
        events = event_files.read_all(tmp_path / name / "events")
        assert {"health"} < events.keys()
        assert [event["answer"]["status"] for event in events.values()].count(400) == 1
        for event in events.values():
            assert comparison.compare(event, *model_apps.ask(app, event["request"])) == []
        return app

    yield opening
    model_apps.forget()


@pytest.fixture(scope="session")
def lightgbm_libraries() -> Path:
    """Where the private environment of LightGBM is."""
    return environment.made(environment.LOCKS / "lightgbm.txt", MAIN_HOME / "cache")
