"""The events belong to what is compared: changed ones are asked again, a version keeps those that it passed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_runs import ROOT, Home, Run, copy_of

NAME = "events-example"


@pytest.fixture(scope="module")
def model(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own, deployed."""
    folder = copy_of(ROOT / "xgboost-example", tmp_path_factory.mktemp("model") / NAME)
    health = folder / "events" / "health.json"
    health.write_text(health.read_text().replace("xgboost-example", NAME))
    home.run("-s", "local", "-r", "-p", str(folder), "-d").checked()
    return folder


@pytest.fixture
def run(home: Home, model: Path) -> Callable[..., Run]:
    return lambda *options: home.run("-s", "local", "-m", str(model), *options)


def expecting(model: Path, prediction: float) -> Path:
    event = model / "events" / "one-row.json"
    content: dict[str, Any] = json.loads(event.read_text())
    content["answer"]["body"]["prediction"] = prediction
    event.write_text(json.dumps(content, indent=2) + "\n")
    return event


def test_changed_events_are_asked_although_the_image_is_the_same(run: Callable[..., Run], model: Path) -> None:
    event = expecting(model, 99.0)
    failed = run("-d")
    assert failed.status == 1
    assert "body.prediction: expected 99.0 within 1e-05 of it, got 14.73906" in failed.stderr
    assert (
        f"version 1 of {NAME}, which is live at stage local, does not answer the events as they are now"
        in failed.stderr
    )

    # The version still answers what it passed.
    kept = run("-t").checked()
    assert "the events that version 1 passed; those of the folder are others" in kept.stderr

    unsure = run("--record").checked()
    assert "nothing written" in unsure.stderr
    assert json.loads(event.read_text())["answer"]["body"]["prediction"] == 99.0

    run("--record", "-y").checked()
    assert json.loads(event.read_text())["answer"]["body"]["prediction"] == pytest.approx(14.73906)
    assert "the events expect just that" in run("--record").checked().stderr

    again = run("-d").checked()
    assert "the events have changed since it passed" in again.stderr
    assert "the events have changed" not in run("-d").checked().stderr


def test_a_broken_event_ends_the_run_before_anything_is_built(run: Callable[..., Run], model: Path) -> None:
    event = model / "events" / "broken.json"
    event.write_text('{\n  "request": {,\n}')
    try:
        failed = run("-p", "-d")
    finally:
        event.unlink()
    assert failed.status == 1
    assert f"{event}:2: this is not JSON" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "image" not in failed.stderr
