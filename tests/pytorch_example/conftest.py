"""Lets the tests import the folder's `app`, with the model that the pipeline's build made of the digits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import model_apps
from model_images import model_in, pushed
from pipeline_runs import ROOT, Home

FOLDER = ROOT / "pytorch-example"

Post = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="session")
def image(home: Home) -> str:
    """The image with the digits."""
    return pushed(home, FOLDER, WEIGHTS="digits")


@pytest.fixture(scope="session")
def exported(image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model in it."""
    return model_in(image, tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture
def main(exported: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main as a function imports it."""
    return model_apps.imported(exported, monkeypatch, BACKEND="fast")


@pytest.fixture
def post(main: ModuleType) -> Post:
    """Posts bytes as they are, anything else as JSON."""

    def posted(body: object, content_type: str = "", query: str = "") -> tuple[int, Any]:
        return model_apps.post(main, "/predict", body, content_type, query)

    return posted
