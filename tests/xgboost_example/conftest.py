"""Lets the tests import the folder's `app`, and trains the model once for those that need it."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import serving

FOLDER = Path(__file__).resolve().parents[2] / "xgboost-example"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: makes a training environment, up to a minute")


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture(autouse=True)
def app_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every model folder calls its package `app`: none may be left for the next test."""
    monkeypatch.syspath_prepend(FOLDER)
    _forget_app()
    yield
    _forget_app()


def _forget_app() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports app.main as a function with BACKEND=… would."""

    def imported(backend: str) -> ModuleType:
        monkeypatch.setenv("BACKEND", backend)
        _forget_app()
        return importlib.import_module("app.main")

    return imported


@pytest.fixture
def post(main: Callable[[str], ModuleType]) -> Callable[[object], tuple[int, Any]]:
    """Posts a body to the default back end: text as it is, anything else as JSON."""
    handler = main("fast").handler

    def posted(body: object) -> tuple[int, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        response = handler.respond(serving.Request("POST", "/predict", body=text), "test")
        return response.status, json.loads(response.body)

    return posted


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model trained anew, and the 506 input rows in rows.json."""
    out = tmp_path_factory.mktemp("trained")
    arguments = ("--out", out, "--rows", out / "rows.json")
    subprocess.run(("bash", FOLDER.parent / "train.sh", FOLDER, *arguments), check=True)
    return out
