"""The folder's sample requests have the answers that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

import serving
from document_example.conftest import FOLDER
from tools.releases import comparison, event_files

EVENTS = sorted((FOLDER / "events").glob("*.json"))


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_is_answered_as_expected(main: ModuleType, file: Path) -> None:
    event = event_files.read(file)
    request = event["request"]
    content = json.dumps(request.get("body"))
    response = main.handler.respond(serving.Request(request["method"], request["path"], body=content), str(uuid4()))
    body = json.loads(response.body)
    assert comparison.compare(event, response.status, body) == []
    assert [name for name in event.get("ignore", ()) if name not in body] == []


def test_there_is_one_of_each_class(main: ModuleType) -> None:
    answers = [json.loads(file.read_text())["answer"]["body"] for file in EVENTS]
    predicted = {answer["prediction"]["class_predicted"] for answer in answers if "prediction" in answer}
    assert predicted == {"selfie", "document", "invalid"}
