"""The weights in the repository read digits as well as they are said to, and the README says the same."""

import hashlib
import json
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image, ImageOps

from sent_pictures import saved
from serving.pictures import decoding

LARGEST = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "weights" / "digits.json").read_text())
    return found


@pytest.mark.parametrize("name", ["dark_on_light", "light_on_dark"])
def test_the_held_out_digits_are_read_as_well_as_is_said(
    main: ModuleType, digits: list[tuple[Image.Image, int]], figures: dict[str, Any], name: str
) -> None:
    model = main.handler.model
    pixels = []
    for tile, _ in digits:
        shown = tile if name == "dark_on_light" else ImageOps.invert(tile)
        pixels.append(decoding.pixels(saved(shown), model.facts.preprocessing, field="data"))
    read = [max(range(10), key=scores.__getitem__) for scores in model.scores(pixels)]
    right = sum(found == wanted for found, (_, wanted) in zip(read, digits, strict=True))
    assert len(digits) == figures["held_out"]["digits"] == 360
    assert round(right / len(digits), 4) == figures["held_out"][name]["accuracy"]


def test_over_97_percent_are_read(figures: dict[str, Any]) -> None:
    assert figures["held_out"]["dark_on_light"]["accuracy"] > 0.97
    assert figures["held_out"]["light_on_dark"]["accuracy"] > 0.97


def test_every_digit_is_among_the_held_out_in_proportion(digits: list[tuple[Image.Image, int]]) -> None:
    counts = [sum(label == digit for _, label in digits) for digit in range(10)]
    assert min(counts) >= 34
    assert max(counts) <= 37


def test_the_figures_are_those_of_the_weights_that_ship(folder: Path, figures: dict[str, Any]) -> None:
    weights = (folder / "weights" / "digits.weights.h5").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == figures["sha256"]
    assert tomllib.loads((folder / "weights.toml").read_text())["digits"]["sha256"] == figures["sha256"]
    assert len(weights) == figures["bytes"] < LARGEST


def test_the_readme_quotes_the_figures(folder: Path, figures: dict[str, Any]) -> None:
    readme = (folder / "README.md").read_text()
    held_out = figures["held_out"]
    assert f"{held_out['dark_on_light']['accuracy']:.2%} dark on light".replace("%", " %") in readme
    assert f"{held_out['light_on_dark']['accuracy']:.2%} light on dark".replace("%", " %") in readme
    assert f"{figures['training']['digits']:,} digits" in readme
    assert f"{held_out['digits']} held out" in readme
