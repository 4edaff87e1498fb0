"""The weights in the repository read digits as well as they are said to, and the README says the same."""

import hashlib
import json
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from sent_pictures import saved
from serving.pictures import decoding
from shared_data import MNIST, needs
from training import mnist

LARGEST = 1_000_000


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "weights" / "digits.json").read_text())
    return found


def read(main: ModuleType, pictures: Iterable[Image.Image], *, inverted: bool) -> list[int]:
    """What the served network reads, each picture sent as a file."""
    model = main.handler.model
    shown = (ImageOps.invert(picture) if inverted else picture for picture in pictures)
    pixels = [decoding.pixels(saved(picture), model.facts.preprocessing, field="data") for picture in shown]
    return [max(range(10), key=scores.__getitem__) for scores in model.scores(pixels)]


@pytest.mark.parametrize("name", ["dark_on_light", "light_on_dark"])
def test_the_small_held_out_digits_are_read_as_well_as_is_said(
    main: ModuleType, digits: list[tuple[Image.Image, int]], figures: dict[str, Any], name: str
) -> None:
    pictures, wanted = zip(*digits, strict=True)
    found = read(main, pictures, inverted=name == "light_on_dark")
    right = sum(a == b for a, b in zip(found, wanted, strict=True))
    assert len(digits) == figures["small_held_out"]["digits"] == 360
    assert round(right / len(digits), 4) == figures["small_held_out"][name]["accuracy"]


@needs(MNIST)
@pytest.mark.parametrize("name", ["dark_on_light", "light_on_dark"])
def test_the_held_out_digits_are_read_as_well_as_is_said(main: ModuleType, figures: dict[str, Any], name: str) -> None:
    _, held_out = mnist.split(mnist.read(MNIST))
    found = read(main, map(Image.fromarray, held_out.pictures), inverted=name == "dark_on_light")
    assert len(found) == figures["held_out"]["digits"] == 10_000
    said = figures["held_out"][name]["accuracy"]
    assert float((np.array(found) == held_out.labels).mean()) == pytest.approx(said, abs=0.0002)


def test_99_percent_are_read_and_more_than_97_of_another_kind(figures: dict[str, Any]) -> None:
    for name in ("dark_on_light", "light_on_dark"):
        assert figures["held_out"][name]["accuracy"] >= 0.99
        assert figures["small_held_out"][name]["accuracy"] > 0.97


def test_every_small_digit_is_held_out_in_proportion(digits: list[tuple[Image.Image, int]]) -> None:
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
    assert f"{figures['training']['digits']:,} of MNIST's" in readme
    assert f"{held_out['digits']:,} others" in readme
    small = figures["small_held_out"]
    assert (
        f"{small['dark_on_light']['accuracy']:.2%} and {small['light_on_dark']['accuracy']:.2%}".replace("%", " %")
        in readme
    )


@needs(MNIST)
@pytest.mark.whole_training
def test_training_again_goes_the_same_way(tmp_path: Path, folder: Path, figures: dict[str, Any]) -> None:
    """A processor without AVX-512 rounds otherwise, which the first rounds amplify to 1.6 %."""
    command = ["bash", str(folder.parent / "train.sh"), str(folder), "--mnist", str(MNIST), "--out", str(tmp_path)]
    subprocess.run([*command, "--rounds", "2"], check=True)
    again = json.loads((tmp_path / "weights" / "digits.json").read_text())
    assert again["training"]["data_sha256"] == figures["training"]["data_sha256"]
    assert again["training"]["losses"] == pytest.approx(figures["training"]["losses"][:2], rel=0.03)
    assert (tmp_path / "train" / "held-out.png").read_bytes() == (folder / "train" / "held-out.png").read_bytes()
