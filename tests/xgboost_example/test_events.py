"""The folder's sample requests get their expected answers, whichever back end answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import model_apps
from tools.releases import comparison, event_files
from xgboost_example.conftest import FOLDER

EVENTS = event_files.paths(FOLDER / "events")


@pytest.mark.parametrize("backend", ["fast", "native"])
@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: Callable[[str], ModuleType], path: Path, backend: str) -> None:
    event = event_files.read(path)
    assert comparison.compare(event, *model_apps.ask(main(backend), event["request"])) == []


def test_there_are_samples_of_answers_and_of_errors() -> None:
    assert {json.loads(path.read_text())["answer"]["status"] for path in EVENTS} == {200, 400}
