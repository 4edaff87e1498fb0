"""The folder's sample requests have the answers that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

import model_apps
from document_example.conftest import FOLDER
from tools.releases import comparison, event_files

EVENTS = event_files.paths(FOLDER / "events")


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: ModuleType, path: Path) -> None:
    event = event_files.read(path)
    assert comparison.compare(event, *model_apps.ask(main, event["request"])) == []


def test_there_is_one_of_each_class() -> None:
    answers = [json.loads(path.read_text())["answer"]["body"] for path in EVENTS]
    predicted = {answer["prediction"]["class_predicted"] for answer in answers if "prediction" in answer}
    assert predicted == {"selfie", "document", "invalid"}
