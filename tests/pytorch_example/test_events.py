"""The folder's sample requests have the answers that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

import model_apps
from pytorch_example.conftest import FOLDER
from tools.releases import comparison, event_files

EVENTS = event_files.paths(FOLDER / "events")


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: ModuleType, path: Path) -> None:
    event = event_files.read(path)
    assert comparison.compare(event, *model_apps.ask(main, event["request"])) == []


def test_each_is_for_the_weights_that_ship_or_for_any() -> None:
    wanted = [json.loads(path.read_text()).get("when") for path in EVENTS]
    assert {"weights": "digits"} in wanted
    assert None in wanted
    assert all(when in (None, {"weights": "digits"}) for when in wanted)
