"""What is said of events that are asked."""

from __future__ import annotations

from typing import Any

import pytest

from tools.releases import events

SEVEN = {"request": {"method": "POST"}, "answer": {"status": 200, "body": {"value": "seven"}}}


def ask(request: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"weights": "mine", "size": 28} if request["method"] == "GET" else {"value": "seven"}


def test_an_event_for_another_model_is_not_asked_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"own": SEVEN | {"when": {"weights": "mine"}}, "seven": SEVEN | {"when": {"weights": "digits", "size": 28}}}
    assert events.failures(ask, asked) == (0, 1)
    said = capsys.readouterr().err
    assert "not meant    seven: it is for weights digits and size 28\n" in said
    assert "as expected  own (" in said


def test_a_model_for_which_no_event_is_meant_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert events.failures(ask, {"seven": SEVEN | {"when": {"weights": "digits"}}}) == (0, 0)
    assert "there are no events for this model" in capsys.readouterr().err
