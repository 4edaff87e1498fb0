"""The folder's sample requests get their expected answers from the digits."""

import base64
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import serving
from tensorflow_example.built import FOLDER

EVENTS = sorted((FOLDER / "events").glob("*.json"))


def with_files(value: Any, folder: Path) -> Any:
    """The body, with the files that it names in their places."""
    if isinstance(value, dict):
        if set(value) == {"$file"}:
            return base64.b64encode((folder / value["$file"]).read_bytes()).decode()
        return {name: with_files(inner, folder) for name, inner in value.items()}
    return [with_files(inner, folder) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("event", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: ModuleType, event: Path) -> None:
    sample = json.loads(event.read_text())
    assert sample.get("when", {}) in ({}, {"weights": "digits"})
    request, expected = sample["request"], sample["answer"]
    body: str | bytes = b""
    if "body" in request:
        body = json.dumps(with_files(request["body"], event.parent))
    elif "body_file" in request:
        body = (event.parent / request["body_file"]).read_bytes()
    headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
    path, _, query = request["path"].partition("?")

    response = main.handler.respond(serving.Request(request["method"], path, query, headers, body), "test")

    answer = json.loads(response.body)
    assert response.status == expected["status"]
    for key in sample.get("ignore", ()):
        answer.pop(key)  # It has to be there.
        expected["body"].pop(key, None)
    assert _close(answer, expected["body"])


def _close(answer: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return answer.keys() == expected.keys() and all(_close(answer[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(answer) == len(expected) and all(map(_close, answer, expected))
    return bool(answer == (pytest.approx(expected, rel=1e-2) if isinstance(expected, float) else expected))


def test_there_are_samples_of_answers_and_of_errors() -> None:
    assert {json.loads(event.read_text())["answer"]["status"] for event in EVENTS} == {200, 400}
