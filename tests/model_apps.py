"""A folder's `app` in the test process: imported anew for each test, and called without a server."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

import serving
from pipeline_runs import ROOT

# The package names of every folder.
PACKAGES = ("app", "export", "train")


def folder_of(suite: str) -> Path | None:
    """The model folder that a suite of tests is named after."""
    folder = ROOT / suite.replace("_", "-")
    return folder if (folder / "app").is_dir() else None


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        del sys.modules[name]


def imported(model: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> ModuleType:
    """app.main, with the model in that folder."""
    forget()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    facts: Any = importlib.import_module("app.network.facts")
    monkeypatch.setattr(facts, "FOLDER", type(facts.FOLDER)(model))
    return importlib.import_module("app.main")


def ask(main: ModuleType, request: dict[str, Any]) -> tuple[int, Any]:
    """Send the handler a request, as tools.releases.events sends it to a deployed model."""
    path, _, query = request["path"].partition("?")
    headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
    content = json.dumps(request["body"]) if "body" in request else request.get("content", b"")
    response = main.handler.respond(serving.Request(request["method"], path, query, headers, content), str(uuid4()))
    return response.status, json.loads(response.body)


def post(main: ModuleType, path: str, body: object, content_type: str = "", query: str = "") -> tuple[int, Any]:
    """Send bytes and text unchanged, anything else as JSON."""
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"content-type": content_type}
    response = main.handler.respond(serving.Request("POST", path, query, headers, content), str(uuid4()))
    return response.status, json.loads(response.body)


def of_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main of any model folder. The caller calls forget() when done."""
    forget()
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module("app.main")
