"""Lets the tests import the folder's `app`, with the model that the pipeline's build made of the digits."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import serving
from pipeline_runs import Home
from pytorch_example import images
from pytorch_example.images import FOLDER

Post = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="session")
def image(home: Home) -> str:
    """The image with the digits."""
    return images.built(home, WEIGHTS="digits")


@pytest.fixture(scope="session")
def exported(image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model in it."""
    return images.take_model(image, tmp_path_factory.mktemp("exported") / "model")


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
def main(exported: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main as a function imports it."""
    monkeypatch.setenv("BACKEND", "fast")
    monkeypatch.setattr(importlib.import_module("app.network.facts"), "FOLDER", exported)
    return importlib.import_module("app.main")


@pytest.fixture
def post(main: ModuleType) -> Post:
    """Posts bytes as they are, anything else as JSON."""

    def posted(body: object, content_type: str = "", query: str = "") -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body)
        request = serving.Request("POST", "/predict", query, {"content-type": content_type}, content)
        response = main.handler.respond(request, "test")
        return response.status, json.loads(response.body)

    return posted
