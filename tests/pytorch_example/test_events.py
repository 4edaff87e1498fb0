"""The folder's sample requests have the answers that stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

import model_apps
from pytorch_example.conftest import FOLDER
from tools.releases import comparison, event_files

DIGITS = {"weights": "digits"}
EVERY = event_files.paths(FOLDER / "events")
# The photographs are for other weights: tests/folders/test_stand_in.py asks them.
EVENTS = [path for path in EVERY if json.loads(path.read_text()).get("when", DIGITS) == DIGITS]


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_is_answered_as_expected(main: ModuleType, path: Path) -> None:
    event = event_files.read(path)
    assert comparison.compare(event, *model_apps.ask(main, event["request"])) == []


def test_each_is_for_weights_that_can_be_had_everywhere_or_for_any() -> None:
    wanted = [json.loads(path.read_text()).get("when") for path in EVERY]
    for when in (None, DIGITS, {"weights": "efficientnet_lite0"}):
        assert when in wanted
    assert all(when in (None, DIGITS, {"weights": "efficientnet_lite0"}) for when in wanted)
