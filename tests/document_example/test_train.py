"""What ships is what train/ made: pictures that nobody learned from are told apart as well as is said."""

from __future__ import annotations

import hashlib
import json
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from document_example.conftest import FOLDER

COUNT = 400
# LiteRT on another processor may round the other way.
APART = 2


@pytest.fixture(scope="module")
def figures() -> Any:
    return json.loads((FOLDER / "model" / "figures.json").read_text())


def test_held_out_pictures_are_told_apart_as_well_as_is_said(main: ModuleType, figures: Any) -> None:
    """Drawn anew, and asked of what is served, LiteRT with the shipped weights."""
    from app.network.classes import CLASSES
    from train import drawn

    confusion = np.zeros((len(CLASSES), len(CLASSES)), int)
    for row, name in enumerate(CLASSES):
        for number in range(COUNT):
            result, _ = main.handler.model.classified(drawn.picture(name, f"held out {number}"), field="picture")
            confusion[row, result.scores.index(max(result.scores))] += 1
    said = figures["held_out"]
    assert confusion.sum() == said["pictures"]
    assert np.abs(confusion - said["confusion"]).sum() <= 2 * APART
    assert confusion.trace() / confusion.sum() == pytest.approx(said["accuracy"], abs=APART / COUNT)


def test_the_figures_follow_from_the_confusion(figures: Any) -> None:
    for part in ("held_out", "watched"):
        said, confusion = figures[part], np.array(figures[part]["confusion"])
        right = confusion.diagonal()
        assert said["pictures"] == confusion.sum()
        assert said["accuracy"] == pytest.approx(right.sum() / confusion.sum(), abs=1e-4)
        assert list(said["precision"].values()) == pytest.approx(right / confusion.sum(axis=0), abs=1e-4)
        assert list(said["recall"].values()) == pytest.approx(right / confusion.sum(axis=1), abs=1e-4)


def test_over_95_percent_are_told_right(figures: Any) -> None:
    assert figures["held_out"]["accuracy"] >= 0.95
    assert min(figures["held_out"]["recall"].values()) >= 0.93


def test_a_fifth_is_not_learned_from(figures: Any) -> None:
    learned, watched = figures["training"]["pictures"], figures["watched"]["pictures"]
    assert watched / (learned + watched) == pytest.approx(0.2)


def test_the_figures_are_those_of_the_weights_that_ship(figures: Any) -> None:
    weights = (FOLDER / "model" / "document.weights.h5").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == figures["sha256"]
    assert len(weights) == figures["bytes"] < 1024 * 1024
    assert figures["weights"] == "demonstration"


def test_a_picture_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    from train import drawn

    for name in drawn.DRAW:
        assert drawn.picture(name, "a") == drawn.picture(name, "a") != drawn.picture(name, "b")


def test_the_readme_quotes_the_figures(figures: Any) -> None:
    readme = (FOLDER / "README.md").read_text()
    said = figures["held_out"]
    assert f"{said['accuracy']:.2%} of {said['pictures']:,} pictures".replace("%", " %", 1) in readme
    for name in said["recall"]:
        assert f"| {name} | {said['precision'][name]:.2%} | {said['recall'][name]:.2%} |".replace("%", " %") in readme
    assert f"{figures['training']['pictures']:,} of " in readme
