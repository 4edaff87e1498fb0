"""What ships is what train/ made: the digits are read as well as is said, by the file that is served."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import ImageOps

from pytorch_example.conftest import FOLDER
from pytorch_example.pictures import held_out
from sent_pictures import saved
from serving.pictures import decoding

# So many epochs lead away from guessing, where every network begins.
EPOCHS = 6


@pytest.fixture(scope="module")
def figures() -> Any:
    return json.loads((FOLDER / "weights" / "digits.json").read_text())


def read(main: ModuleType, *, dark_on_light: bool) -> list[bool]:
    """Of each held-out digit, whether the served network reads it."""
    model = main.handler.model
    right = []
    for picture, digit in held_out():
        shown = ImageOps.invert(picture) if dark_on_light else picture
        scores = model.network.predict(decoding.pixels(saved(shown), model.facts.preprocessing, field="data"))
        right.append(max(range(10), key=scores.__getitem__) == digit)
    return right


def test_the_held_out_digits_are_read_as_well_as_is_said(main: ModuleType, figures: Any) -> None:
    said = figures["held_out"]
    light, dark = read(main, dark_on_light=False), read(main, dark_on_light=True)
    assert len(light) == figures["pictures"]["held_out"] == 360
    assert round(sum(light) / len(light), 4) == said["light_on_dark"]
    assert round(sum(dark) / len(dark), 4) == said["dark_on_light"]
    assert round((sum(light) + sum(dark)) / (len(light) + len(dark)), 4) == said["accuracy"]
    digits = [digit for _, digit in held_out()] * 2
    for digit in range(10):
        hits = [hit for hit, wanted in zip(light + dark, digits, strict=True) if wanted == digit]
        assert round(sum(hits) / len(hits), 4) == said["per_class"][str(digit)]


def test_more_than_97_percent_are_read(figures: Any) -> None:
    assert figures["held_out"]["accuracy"] > 0.97


def test_a_fifth_is_held_out_of_every_digit_alike(figures: Any) -> None:
    assert figures["pictures"] == {"training": 1437, "held_out": 360}
    counts = [figures["held_out_digits"].count(str(digit)) for digit in range(10)]
    assert 34 <= min(counts) <= max(counts) <= 37


def test_the_figures_and_the_catalogue_are_those_of_the_weights_that_ship(figures: Any) -> None:
    weights = (FOLDER / "weights" / "digits.pth").read_bytes()
    found = hashlib.sha256(weights).hexdigest()
    digits = tomllib.loads((FOLDER / "weights.toml").read_text())["digits"]
    assert found == digits["sha256"] == figures["sha256"]["digits.pth"]
    assert len(weights) == figures["bytes"]["digits.pth"] < 3 * 1000**2
    assert digits["architecture"] == figures["architecture"]
    assert digits["preprocessing"]["width"] == figures["training"]["size"]


def test_the_readme_quotes_the_figures(figures: Any) -> None:
    readme = (FOLDER / "README.md").read_text()
    said = figures["held_out"]
    for figure in (said["accuracy"], said["light_on_dark"], said["dark_on_light"]):
        assert f"{figure * 100:.1f} %" in readme
    assert f"{figures['pictures']['training']:,} digits" in readme
    assert f"{figures['pictures']['held_out']} others" in readme
    assert f"{figures['parameters']:,} parameters" in readme
    worst = min(said["per_class"], key=said["per_class"].__getitem__)
    assert f"worst the {worst}, {said['per_class'][worst] * 100:.1f} %" in readme


def trained(out: Path, *arguments: str) -> Any:
    """The figures of a training of its own. The environment for it is made first."""
    sheet = out / "sheet.png"
    command = [
        "bash",
        str(FOLDER.parent / "train.sh"),
        str(FOLDER),
        "--out",
        str(out),
        "--sheet",
        str(sheet),
        *arguments,
    ]
    subprocess.run(command, check=True)
    found = json.loads((out / "digits.json").read_text())
    assert sheet.read_bytes() == (FOLDER / "train" / "held-out.png").read_bytes()
    assert hashlib.sha256((out / "digits.pth").read_bytes()).hexdigest() == found["sha256"]["digits.pth"]
    return found


def test_training_again_goes_the_same_way(tmp_path: Path, figures: Any) -> None:
    """The first epochs; the losses of the others follow from them, as the next test shows."""
    again = trained(tmp_path, "--epochs", str(EPOCHS))
    assert again["held_out_digits"] == figures["held_out_digits"]
    assert again["training"]["losses"] == pytest.approx(figures["training"]["losses"][:EPOCHS], rel=0.01)


@pytest.mark.whole_training
def test_training_again_gives_the_same_figures(tmp_path: Path, figures: Any) -> None:
    """The weights too are the same bytes on the same kind of processor; on another the last digits of sums differ."""
    again = trained(tmp_path)
    assert len(again["training"]["losses"]) == again["training"]["epochs"] == figures["training"]["epochs"]
    assert again["held_out"]["accuracy"] == pytest.approx(figures["held_out"]["accuracy"], abs=0.01)
