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
from pipeline_runs import MAIN_HOME, ROOT, Home
from serving.runtimes.catboost import hashed
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


# The last has a plan and a city that the model has never seen.
ASKED_OF_PLANS: list[list[Any]] = [
    ["basic", 0.5, 3, "city 7"],
    ["größe", None, "8", "city 39"],
    ["pro", -1.5, 0, ""],
    ["gold", 4, 100, "🙂"],
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    packages = environment.made(environment.LOCKS / "catboost.txt", MAIN_HOME / "cache")
    writer = Path(__file__).with_name("catboost_models.py")
    command: list[str | Path] = [sys.executable, writer, folder, json.dumps(ASKED_OF_PLANS)]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(packages)}, check=True)
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


@pytest.mark.parametrize("name", ["plans", "lists"])
def test_categories_are_any_text_or_whole_number(make: Make, opened: Open, models: Path, name: str) -> None:
    made = make("churn", models / f"{name}.cbm")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "100 rows: at most" in made.stderr
    assert "--samples FILE.csv" in made.stderr
    rows: Any = ASKED_OF_PLANS
    if name == "plans":
        rows = [dict(zip(("plan", "months", "kids", "city"), row, strict=True)) for row in ASKED_OF_PLANS]
    app = opened("churn")
    status, answer = model_apps.post(app, "/predict", {"rows": rows})
    assert status == 200
    found: Any = answer["predictions"]
    wanted = json.loads((models / "wanted.json").read_text())[name]
    probabilities = [[each["probabilities"][label] for label in ("leaves", "stays")] for each in found]
    assert np.array(probabilities) == pytest.approx(np.array(wanted), rel=1e-5, abs=1e-6)
    rows[1] = {**rows[0], "plan": None} if name == "plans" else [None, *ASKED_OF_PLANS[0][1:]]
    status, answer = model_apps.post(app, "/predict", {"rows": rows})
    assert (status, answer["code"]) == (400, "wrong_type")


def test_categories_of_samples_stand_in_the_events_and_the_description(
    make: Make, opened: Open, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("plan,months,kids,city\npro,,2,city 3\ngold,2,8,city 5\n")
    made = make("churn", models / "plans.cbm", "--samples", "rows.csv")
    assert ("2 rows: at most" in made.stderr, "made-up" in made.stderr) == (True, False)
    event = json.loads((tmp_path / "churn" / "events" / "one-row.json").read_text())
    assert event["request"]["body"] == {"rows": [{"plan": "pro", "months": None, "kids": 2, "city": "city 3"}]}
    # What the model has never seen is no example.
    assert '"pro"' in (tmp_path / "churn" / "app" / "main.py").read_text()
    assert '"gold"' not in (tmp_path / "churn" / "app" / "main.py").read_text()
    opened("churn")


def said(program: str, *words: str) -> Any:
    """By a program beside this one, where CatBoost is."""
    packages = environment.made(environment.LOCKS / "catboost.txt", MAIN_HOME / "cache")
    command: list[str | Path] = [sys.executable, Path(__file__).with_name(program), *words]
    variables = os.environ | {"PYTHONPATH": f"{packages}:{ROOT}"}
    return json.loads(subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True).stdout)


def test_a_hundred_random_models_answer_as_catboost_does() -> None:
    found = said("catboost_random.py", "100")
    assert len(found["off"]) > 80
    # A hundredth of what the command allows.
    assert max(found["off"]) < 0.01
    kinds = {"one-hot", "float_feature", "cat_feature_exact_value", "1 together", "2 together", "3 together", "trees"}
    assert kinds | {"Borders", "Buckets", "BinarizedTargetMeanValue", "Counter"} <= found["seen"].keys()


def test_texts_of_any_length_have_the_hashes_that_catboost_gives_them() -> None:
    wanted = said("catboost_hashes.py")
    assert len(wanted) > 2900
    assert {text: hashed(text) for text in wanted} == wanted


def test_texts_are_refused_with_what_to_do(make: Make, models: Path, tmp_path: Path) -> None:
    made = make("texts", models / "texts.cbm")
    what, why, then = made.stdout.splitlines()
    assert (made.returncode, what) == (3, "texts.cbm has text columns, and these are not taken: words")
    assert ("counts words" in why, then) == (True, "encode texts before training")
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
