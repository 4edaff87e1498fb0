"""The model in the repository is the one that train/ makes, and the README tells its figures."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["model.ubj", "figures.json"])
def test_training_again_writes_the_same_bytes(trained: Path, folder: Path, name: str) -> None:
    assert (trained / name).read_bytes() == (folder / "model" / name).read_bytes()


def test_an_environment_that_cannot_be_made_is_not_taken_for_one(folder: Path, tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIPELINE_HOME": str(tmp_path)}
    train = ["bash", str(folder.parent / "train.sh"), str(folder), "--help"]
    run = subprocess.run(train, env=os.environ | nowhere, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "train: the packages cannot be installed:\n" in run.stderr
    assert "127.0.0.1" in run.stderr
    assert list((tmp_path / "train").iterdir()) == []


def test_the_figures_name_the_model_beside_them(folder: Path) -> None:
    figures = json.loads((folder / "model" / "figures.json").read_text())
    for name, sha256 in figures["sha256"].items():
        assert hashlib.sha256((folder / "model" / name).read_bytes()).hexdigest() == sha256


def test_the_model_beats_the_mean(folder: Path) -> None:
    held_out = json.loads((folder / "model" / "figures.json").read_text())["held_out"]
    assert held_out["model"]["rmse"] < held_out["mean"]["rmse"] / 2


def test_the_readme_quotes_the_figures(folder: Path) -> None:
    figures = json.loads((folder / "model" / "figures.json").read_text())
    readme = (folder / "README.md").read_text()
    for name, label in (("model", "this model"), ("mean", "predicting the mean")):
        score = figures["held_out"][name]
        assert f"| {label} | {score['rmse']} | {score['r2']} |" in readme
    quoted = re.search(r"(\d+) trees, trained on (\d+) rows and tested on (\d+)", readme)
    assert quoted is not None
    rows = figures["rows"]
    expected = [figures["trees"], rows["training"], rows["held_out"]]
    assert [int(number) for number in quoted.groups()] == expected
    assert f"`{figures['sha256']['model.ubj'][:12]}`" in readme
