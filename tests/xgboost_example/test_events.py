"""The folder's sample requests get their expected answers, whichever back end answers."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import serving

EVENTS = sorted((Path(__file__).resolve().parents[2] / "xgboost-example" / "events").glob("*.json"))


@pytest.mark.parametrize("backend", ["fast", "native"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: Callable[[str], ModuleType], event: Path, backend: str) -> None:
    sample = json.loads(event.read_text())
    request, expected = sample["request"], sample["answer"]
    body = json.dumps(request["body"]) if "body" in request else ""

    response = main(backend).handler.respond(serving.Request(request["method"], request["path"], body=body), "test")

    answer: dict[str, Any] = json.loads(response.body)
    for key in sample.get("ignore", ()):
        answer.pop(key)  # It has to be there.
    for key, tolerance in sample.get("tolerance", {}).items():
        expected["body"][key] = pytest.approx(expected["body"][key], rel=tolerance)
    assert response.status == expected["status"]
    assert answer == expected["body"]


def test_there_are_samples_of_answers_and_of_errors() -> None:
    statuses = {json.loads(event.read_text())["answer"]["status"] for event in EVENTS}
    assert statuses == {200, 400}
