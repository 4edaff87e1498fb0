"""What ships is what train/ made: the digits are read as well as is said, by the file that is served."""

from __future__ import annotations

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

from pytorch_example.conftest import FOLDER
from pytorch_example.pictures import held_out
from sent_pictures import saved
from serving.pictures import decoding
from shared_data import MNIST, needs
from training import mnist

# So many rounds lead away from guessing, where every network begins.
ROUNDS = 4


@pytest.fixture(scope="module")
def figures() -> Any:
    return json.loads((FOLDER / "weights" / "digits.json").read_text())


def read(main: ModuleType, pictures: Iterable[Image.Image], *, dark_on_light: bool) -> list[int]:
    """What the served network reads, each picture sent as a file."""
    model = main.handler.model
    found = []
    for picture in pictures:
        shown = ImageOps.invert(picture) if dark_on_light else picture
        scores = model.network.predict(decoding.pixels(saved(shown), model.facts.preprocessing, field="data"))
        found.append(max(range(10), key=scores.__getitem__))
    return found


def assert_as_said(main: ModuleType, said: Any, digits: list[tuple[Image.Image, int]]) -> None:
    pictures, wanted = zip(*digits, strict=True)
    hits = {}
    for name, dark_on_light in (("light_on_dark", False), ("dark_on_light", True)):
        hits[name] = [a == b for a, b in zip(read(main, pictures, dark_on_light=dark_on_light), wanted, strict=True)]
        assert round(sum(hits[name]) / len(wanted), 4) == pytest.approx(said[name], abs=0.0002)
    both = [*hits["light_on_dark"], *hits["dark_on_light"]]
    for digit in range(10):
        right = [hit for hit, label in zip(both, wanted * 2, strict=True) if label == digit]
        assert round(sum(right) / len(right), 4) == pytest.approx(said["per_class"][str(digit)], abs=0.002)


def test_the_small_held_out_digits_are_read_as_well_as_is_said(main: ModuleType, figures: Any) -> None:
    assert len(held_out()) == figures["small_pictures"]["held_out"] == 360
    assert_as_said(main, figures["small_held_out"], held_out())


@needs(MNIST)
def test_the_held_out_digits_are_read_as_well_as_is_said(main: ModuleType, figures: Any) -> None:
    _, held_out = mnist.split(mnist.read(MNIST))
    assert len(held_out.labels) == figures["pictures"]["held_out"] == 10_000
    digits = [(Image.fromarray(picture), int(label)) for picture, label in zip(*held_out, strict=True)]
    assert_as_said(main, figures["held_out"], digits)


def test_99_percent_are_read_and_more_than_97_of_another_kind(figures: Any) -> None:
    assert figures["held_out"]["light_on_dark"] >= 0.99
    assert figures["held_out"]["dark_on_light"] >= 0.99
    assert figures["small_held_out"]["accuracy"] > 0.97


def test_what_is_held_out_is_never_learnt_from(figures: Any) -> None:
    assert figures["pictures"] == {"training": 50_000, "held_out": 10_000}
    assert figures["small_pictures"] == {"training": 1437, "held_out": 360}
    counts = [figures["small_held_out_digits"].count(str(digit)) for digit in range(10)]
    assert 34 <= min(counts) <= max(counts) <= 37


def test_the_figures_and_the_catalogue_are_those_of_the_weights_that_ship(figures: Any) -> None:
    weights = (FOLDER / "weights" / "digits.pth").read_bytes()
    found = hashlib.sha256(weights).hexdigest()
    digits = tomllib.loads((FOLDER / "weights.toml").read_text())["digits"]
    assert found == digits["sha256"] == figures["sha256"]["digits.pth"]
    assert len(weights) == figures["bytes"]["digits.pth"] < 1_000_000
    assert digits["architecture"] == figures["architecture"]
    assert digits["preprocessing"]["width"] == figures["training"]["size"]


def test_the_readme_quotes_the_figures(figures: Any) -> None:
    readme = (FOLDER / "README.md").read_text()
    said = figures["held_out"]
    for figure in (said["accuracy"], said["light_on_dark"], said["dark_on_light"]):
        assert f"{figure * 100:.2f} %" in readme
    assert f"{figures['small_held_out']['accuracy'] * 100:.1f} %" in readme
    assert f"{figures['pictures']['training']:,} of MNIST's" in readme
    assert f"{figures['pictures']['held_out']:,} others" in readme
    assert f"{figures['parameters']:,} parameters" in readme
    worst = min(said["per_class"], key=said["per_class"].__getitem__)
    assert f"worst the {worst}, {said['per_class'][worst] * 100:.2f} %" in readme


def trained(out: Path, data: Path, *arguments: str) -> Any:
    """The figures of a training of its own. The environment for it is made first."""
    sheet = out / "sheet.png"
    train = ["bash", str(FOLDER.parent / "train.sh"), str(FOLDER), "--mnist", str(data)]
    subprocess.run([*train, "--out", str(out), "--sheet", str(sheet), *arguments], check=True)
    found = json.loads((out / "digits.json").read_text())
    assert sheet.read_bytes() == (FOLDER / "train" / "held-out.png").read_bytes()
    assert hashlib.sha256((out / "digits.pth").read_bytes()).hexdigest() == found["sha256"]["digits.pth"]
    return found


@pytest.mark.whole_training
def test_the_same_digits_make_the_same_weights(tmp_path: Path) -> None:
    """Of a few that are easily drawn."""
    pictures = np.random.default_rng(5).integers(0, 256, (120, 28, 28), dtype=np.uint8) // 3
    np.savez(tmp_path / "few.npz", images=pictures, labels=np.arange(120) % 10)
    first, second = (trained(tmp_path / name, tmp_path / "few.npz", "--rounds", "1") for name in ("one", "two"))
    assert first == second
    assert len(first["training"]["losses"]) == 1


@needs(MNIST)
@pytest.mark.whole_training
def test_training_again_goes_the_same_way(tmp_path: Path, figures: Any) -> None:
    """The first rounds; the losses of the others follow from them, as the next test shows."""
    again = trained(tmp_path, MNIST, "--rounds", str(ROUNDS))
    assert again["training"]["data_sha256"] == figures["training"]["data_sha256"]
    assert again["training"]["losses"] == pytest.approx(figures["training"]["losses"][:ROUNDS], rel=0.01)


@needs(MNIST)
@pytest.mark.whole_training
def test_training_again_gives_the_same_figures(tmp_path: Path, figures: Any) -> None:
    """The weights too are the same bytes on the same kind of processor; on another the last digits of sums differ."""
    again = trained(tmp_path, MNIST)
    assert len(again["training"]["losses"]) == len(figures["training"]["losses"])
    assert again["held_out"]["accuracy"] == pytest.approx(figures["held_out"]["accuracy"], abs=0.002)
