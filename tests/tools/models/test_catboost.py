"""From a CatBoost file to a folder that answers what CatBoost answers.

Asked for by name, -m every_framework: CatBoost takes 600 MB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model_apps
from new_folders import Make, Open
from pipeline_runs import MAIN_HOME, Home
from tools.models import environment

pytestmark = pytest.mark.every_framework

NAMES = ["tenure", "monthly charge", "class"]
ASKED: list[list[float | None]] = [[0.5, None, -1], [None, None, None], [-2, 1, 0.25]]
# What the answer is called; of classes their names, as the file has them.
MODELS: dict[str, tuple[str, list[str]]] = {
    "regression": ("predictions", []),
    "missing-is-most": ("predictions", []),
    "counts": ("predictions", []),
    "quantiles": ("predictions", []),
    "uncertain": ("predictions", []),
    "outputs": ("predictions", []),
    "lossguide": ("predictions", []),
    "depthwise": ("predictions", ["leaves", "stays"]),
    "binary": ("probabilities", []),
    "truths": ("predictions", ["False", "True"]),
    "three": ("predictions", ["a", "b", "c"]),
    "one-vs-all": ("predictions", ["5", "6", "7"]),
    "labels": ("predictions", []),
    "ranking": ("scores", []),
    "sum": ("predictions", ["leaves", "stays"]),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    packages = environment.made(environment.LOCKS / "catboost.txt", MAIN_HOME / "cache")
    writer = Path(__file__).with_name("catboost_models.py")
    subprocess.run([sys.executable, writer, folder], env=os.environ | {"PYTHONPATH": str(packages)}, check=True)
    return folder


@pytest.mark.parametrize(("name", "key", "labels"), [(name, *rest) for name, rest in MODELS.items()], ids=MODELS)
def test_every_kind_of_loss_and_tree(
    make: Make, opened: Open, models: Path, name: str, key: str, labels: list[str]
) -> None:
    made = make("churn", models / f"{name}.cbm")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "100 rows: at most" in made.stderr
    # Two of the files have no names.
    rows: Any = ASKED if name in ("outputs", "sum") else [dict(zip(NAMES, row, strict=True)) for row in ASKED]
    status, answer = model_apps.post(opened("churn"), "/predict", {"rows": rows})
    assert (status, list(answer)) == (200, [key])
    found: Any = answer[key]
    if labels:
        found = [[each["probabilities"][label] for label in labels] for each in found]
    wanted = np.array(json.loads((models / "wanted.json").read_text())[name])
    # Of two classes without names the probability of the second is given.
    assert np.array(found) == pytest.approx(wanted[:, 1] if name == "binary" else wanted, rel=1e-5, abs=1e-6)


def test_rows_of_a_file_are_compared(make: Make, opened: Open, models: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("class,tenure,monthly charge\n1,,2.5\n0,1,2\n3,4,5\n")
    made = make("churn", models / "three.cbm", "--samples", "rows.csv")
    assert "3 rows: at most" in made.stderr
    event = json.loads((tmp_path / "churn" / "events" / "one-row.json").read_text())
    assert event["request"]["body"] == {"rows": [{"tenure": None, "monthly charge": 2.5, "class": 1}]}
    opened("churn")


def test_categories_are_refused_with_what_to_do(make: Make, models: Path, tmp_path: Path) -> None:
    made = make("plans", models / "plans.cbm")
    what, why, then = made.stdout.splitlines()
    assert (made.returncode, what) == (3, "plans.cbm has categorical columns, and these are not taken: plan")
    assert ("statistics" in why, "as numbers before training" in then) == (True, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_ends_too_early_is_refused(make: Make, models: Path, tmp_path: Path) -> None:
    (tmp_path / "half.cbm").write_bytes((models / "three.cbm").read_bytes()[:900])
    made = make("half", tmp_path / "half.cbm")
    assert (made.returncode, made.stdout.splitlines()[0]) == (3, "CatBoost cannot read half.cbm")


def test_from_the_file_to_an_address_and_away(home: Home, models: Path, tmp_path: Path) -> None:
    if not (home.path / "cache" / "frameworks").exists():
        (home.path / "cache" / "frameworks").symlink_to(MAIN_HOME / "cache" / "frameworks")
    home.run("--new", "cat-trees", "--from", str(models / "three.cbm"), cwd=tmp_path).checked()
    run = home.run("-s", "local", "-r", "-p", "./cat-trees", "-d", cwd=tmp_path).checked()
    assert run.stderr.count("as expected  ") == 4
    home.run("-s", "local", "-m", "./cat-trees", "-x", "-y", cwd=tmp_path).checked()
