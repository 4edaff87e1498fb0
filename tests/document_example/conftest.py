"""Lets the tests import the folder's `app` and `train`, and takes the exported model out of an image that was built."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import model_apps
import tables
from model_images import model_in, pushed
from pipeline_runs import ROOT, Home
from tables import Between

FOLDER = ROOT / "document-example"

Post = Callable[..., tuple[int, Any]]


def given(picture: bytes, **more: object) -> dict[str, object]:
    return {"input_photo": b64encode(picture).decode(), "leadId": "lead-1", **more}


@pytest.fixture(scope="session")
def exported(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """model/ of the image, as it is built for everybody."""
    return model_in(pushed(home, FOLDER), tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture
def main(exported: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main as a function without a table imports it."""
    monkeypatch.delenv("TABLE", raising=False)
    return model_apps.imported(exported, monkeypatch)


@pytest.fixture
def post(main: ModuleType) -> Post:
    return posting(main)


def posting(main: ModuleType) -> Post:
    """Posts bytes as they are, anything else as JSON."""

    def posted(body: object, path: str = "/classifier") -> tuple[int, Any]:
        return model_apps.post(main, path, body)

    return posted


@pytest.fixture(scope="session")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a MiniStack that has the table."""
    with tables.ministack(tmp_path_factory.mktemp("ministack")) as found:
        yield found


@pytest.fixture
def way(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    """Between a function and its empty table, which the environment names."""
    tables.fresh(port)
    with tables.between(port) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def never_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory waits for its table however busy the machine is. Only what a slow table costs is asked as deployed."""
    monkeypatch.setattr("app.memory.SECONDS", 30.0)
