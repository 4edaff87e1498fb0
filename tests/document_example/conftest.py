"""Lets the tests import the folder's `app` and `train`, and takes the exported model out of an image that was built."""

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

import serving
import tables
from pipeline_runs import ROOT, Home
from tables import Between
from tensorflow_example.built import forget_app, imported, model_in, pushed

FOLDER = ROOT / "document-example"

Post = Callable[..., tuple[int, Any]]


def given(picture: bytes, **more: object) -> dict[str, object]:
    return {"input_photo": b64encode(picture).decode(), "leadId": "lead-1", **more}


@pytest.fixture(autouse=True)
def app_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every model folder calls its packages so: none may be left for the next test."""
    monkeypatch.syspath_prepend(FOLDER)
    forget()
    yield
    forget()


def forget() -> None:
    forget_app()
    for name in [name for name in sys.modules if name.partition(".")[0] == "train"]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def exported(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """model/ of the image, as it is built for everybody."""
    return model_in(pushed(home, FOLDER, {}), tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture
def main(exported: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main as a function without a table imports it."""
    monkeypatch.delenv("TABLE", raising=False)
    return imported(exported, monkeypatch)


@pytest.fixture
def post(main: ModuleType) -> Post:
    return posting(main)


def posting(main: ModuleType) -> Post:
    """Posts bytes as they are, anything else as JSON."""

    def posted(body: object, path: str = "/classifier") -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = main.handler.respond(serving.Request("POST", path, body=content), str(uuid4()))
        return response.status, json.loads(response.body)

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
