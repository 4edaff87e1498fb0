"""Lets the tests import the folder's `app`, and trains the model once for those that need it."""

import importlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import model_apps
from pipeline_runs import ROOT

FOLDER = ROOT / "xgboost-example"


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports app.main as a function with BACKEND=… would."""

    def imported(backend: str) -> ModuleType:
        monkeypatch.setenv("BACKEND", backend)
        model_apps.forget()
        return importlib.import_module("app.main")

    return imported


@pytest.fixture
def post(main: Callable[[str], ModuleType]) -> Callable[[object], tuple[int, Any]]:
    """Posts a body to the default back end: text as it is, anything else as JSON."""
    module = main("fast")

    def posted(body: object) -> tuple[int, Any]:
        return model_apps.post(module, "/predict", body)

    return posted


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model trained anew, and the 506 input rows in rows.json."""
    out = tmp_path_factory.mktemp("trained")
    arguments = ("--out", out, "--rows", out / "rows.json")
    subprocess.run(("bash", FOLDER.parent / "train.sh", FOLDER, *arguments), check=True)
    return out
