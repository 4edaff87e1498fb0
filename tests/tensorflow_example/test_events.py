"""The folder's sample requests get their expected answers from the digits."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

import model_apps
from tensorflow_example.conftest import FOLDER
from tools.releases import comparison, event_files

DIGITS = {"weights": "digits"}
# The photographs are for other weights: tests/folders/test_stand_in.py asks them.
EVENTS = [
    path for path in event_files.paths(FOLDER / "events") if json.loads(path.read_text()).get("when", DIGITS) == DIGITS
]


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: ModuleType, path: Path) -> None:
    event = event_files.read(path)
    assert comparison.compare(event, *model_apps.ask(main, event["request"])) == []


def test_there_are_samples_of_answers_and_of_errors() -> None:
    assert {json.loads(path.read_text())["answer"]["status"] for path in EVENTS} == {200, 400}
