"""The folder's sample requests have the answers that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

import serving
from pytorch_example.images import FOLDER
from tools.releases import comparison, event_files

EVENTS = sorted((FOLDER / "events").glob("*.json"))


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_is_answered_as_expected(main: ModuleType, file: Path) -> None:
    event = event_files.read(file)
    request = event["request"]
    content = request.get("content") or json.dumps(request.get("body"))
    path, _, query = request["path"].partition("?")
    headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
    response = main.handler.respond(serving.Request(request["method"], path, query, headers, content), "test")
    assert comparison.compare(event, response.status, json.loads(response.body)) == []


def test_each_is_for_the_weights_that_ship_or_for_any() -> None:
    wanted = [json.loads(file.read_text()).get("when") for file in EVENTS]
    assert {"weights": "digits"} in wanted
    assert None in wanted
    assert all(when in (None, {"weights": "digits"}) for when in wanted)
