"""From a file of boosted trees to a folder that answers what the framework answers."""

from __future__ import annotations

import inspect
import json
import subprocess
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost

import model_apps
from folders import test_contract
from new_folders import Make, Open
from pipeline_runs import ROOT

NAMES = ["tenure", "monthly charge", "class"]
ROWS = np.random.default_rng(0).integers(0, 5, (80, 3)).astype(np.float32)

# What is trained, what the answer is called, and what one row gets.
XGBOOST: dict[str, tuple[dict[str, Any], int, str, type]] = {
    "regression": ({}, 1, "predictions", float),
    "binary": ({"objective": "binary:logistic"}, 1, "probabilities", float),
    "raw": ({"objective": "binary:logitraw"}, 1, "scores", float),
    "hinge": ({"objective": "binary:hinge"}, 1, "classes", int),
    "softprob": ({"objective": "multi:softprob", "num_class": 3}, 1, "probabilities", list),
    "softmax": ({"objective": "multi:softmax", "num_class": 3}, 1, "classes", int),
    "counts": ({"objective": "count:poisson"}, 1, "predictions", float),
    "ranking": ({"objective": "rank:ndcg"}, 1, "scores", float),
    "survival": ({"objective": "survival:cox"}, 1, "predictions", float),
    "outputs": ({}, 2, "predictions", list),
    "dart": ({"booster": "dart", "rate_drop": 0.5}, 1, "predictions", float),
    "linear": ({"booster": "gblinear"}, 1, "predictions", float),
}


def boosted(to: Path, parameters: dict[str, Any], outputs: int = 1, **described: Any) -> Path:
    labels = np.stack([ROWS[:, 0] % parameters.get("num_class", 2)] * outputs, axis=1)
    query = {"qid": np.arange(80) // 8} if "rank:" in parameters.get("objective", "") else {}
    data = xgboost.DMatrix(ROWS, labels, enable_categorical=True, **described, **query)
    xgboost.train({"nthread": 1, **parameters}, data, num_boost_round=4).save_model(to)
    return to


@pytest.mark.parametrize(("parameters", "outputs", "key", "type_"), XGBOOST.values(), ids=XGBOOST)
def test_every_objective_of_xgboost(
    tmp_path: Path, make: Make, opened: Open, parameters: dict[str, Any], outputs: int, key: str, type_: type
) -> None:
    file = boosted(tmp_path / "churn.ubj", parameters, outputs, feature_names=NAMES)
    made = make("churn", file)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "100 rows: at most" in made.stderr
    row = {"tenure": 1, "monthly charge": None, "class": 4.5}
    status, answer = model_apps.post(opened("churn"), "/predict", {"rows": [row, row, row]})
    assert (status, list(answer)) == (200, [key])
    assert [type(each) for each in answer[key]] == [type_] * 3


@pytest.mark.parametrize(
    ("marks", "rounds", "said"),
    [
        ({"scikit_learn": "{}"}, 2, "rounds of training that predict: 2, up to the best one"),
        ({}, 0, "round 2 was the best, but all predict"),
    ],
    ids=["XGBClassifier", "Booster"],
)
def test_rounds_after_the_best_one(
    tmp_path: Path, make: Make, opened: Open, marks: dict[str, str], rounds: int, said: str
) -> None:
    booster = xgboost.Booster(model_file=boosted(tmp_path / "m.json", {}))
    booster.set_attr(best_iteration="1", **marks)
    booster.save_model(tmp_path / "m.json")
    made = make("early", tmp_path / "m.json")
    assert (made.returncode, said in made.stderr) == (0, True), made.stderr
    status, answer = model_apps.post(opened("early"), "/predict", {"rows": ROWS[:9].tolist()})
    wanted = booster.predict(xgboost.DMatrix(ROWS[:9]), iteration_range=(0, rounds))
    assert (status, answer["predictions"]) == (200, pytest.approx(wanted.tolist(), rel=1e-6))


def test_a_file_that_names_no_columns_takes_lists(tmp_path: Path, make: Make, opened: Open) -> None:
    assert make("plain", boosted(tmp_path / "m.json", {})).returncode == 0
    app = opened("plain")
    assert model_apps.post(app, "/predict", {"rows": [[1, None, 3]]})[0] == 200
    status, answer = model_apps.post(app, "/predict", {"rows": [[1, 2, 3], [1, 2]]})
    assert (status, answer["field"], answer["code"]) == (400, "rows[1]", "wrong_length")


def test_categories_are_enumerations(tmp_path: Path, make: Make, opened: Open) -> None:
    """As XGBoost writes them since 3.1, for a data frame with categories."""
    file = boosted(tmp_path / "m.json", {}, feature_names=NAMES, feature_types=["c", "float", "i"])
    content = json.loads(file.read_text())
    plans = ["basic", "plus", "pro", "Grösse", "x"]
    ends = np.cumsum([0, *(len(plan.encode()) for plan in plans)]).tolist()
    empty: dict[str, list[int]] = {"offsets": [], "values": []}
    names = {"offsets": ends, "values": list("".join(plans).encode())}
    content["learner"]["gradient_booster"]["model"]["cats"] = {
        "enc": [names, empty, empty],
        "feature_segments": [0, 5, 5, 5],
        "sorted_idx": [0, 1, 2, 3, 4],
    }
    file.write_text(json.dumps(content))
    made = make("plans", file)
    assert made.returncode == 0, made.stdout + made.stderr
    app = opened("plans")
    rows = [{"tenure": plan, "monthly charge": 2, "class": True} for plan in plans]
    booster = xgboost.Booster(model_file=file)
    data = xgboost.DMatrix(
        np.array([[place, 2, 1] for place in range(5)], dtype=np.float32),
        feature_names=NAMES,
        feature_types=["c", "float", "i"],
        enable_categorical=True,
    )
    status, answer = model_apps.post(app, "/predict", {"rows": rows})
    assert (status, answer["predictions"]) == (200, pytest.approx(booster.predict(data).tolist(), rel=1e-6))
    status, answer = model_apps.post(app, "/predict", {"rows": [rows[0] | {"tenure": "gold"}]})
    assert (status, answer["field"]) == (400, "rows[0].tenure")


@pytest.mark.parametrize(
    ("parameters", "key", "labels"),
    [
        ({"objective": "binary:logistic"}, "stays\nleaves\n", ["stays", "leaves"]),
        ({"objective": "multi:softprob", "num_class": 3}, "a\nb\nc", ["a", "b", "c"]),
    ],
)
def test_labels_name_the_classes(
    tmp_path: Path, make: Make, opened: Open, parameters: dict[str, Any], key: str, labels: list[str]
) -> None:
    (tmp_path / "labels.txt").write_text(key)
    file = boosted(tmp_path / "m.ubj", parameters)
    assert make("labelled", file, "--labels", "labels.txt").returncode == 0
    _, answer = model_apps.post(opened("labelled"), "/predict", {"rows": [[1, 2, 3]]})
    [prediction] = answer["predictions"]
    assert list(prediction["probabilities"]) == labels
    assert prediction["label"] == max(labels, key=prediction["probabilities"].get)
    assert sum(prediction["probabilities"].values()) == pytest.approx(1)


def test_too_few_labels_are_refused(tmp_path: Path, make: Make) -> None:
    (tmp_path / "labels.txt").write_text("one\n")
    made = make("m", boosted(tmp_path / "m.ubj", {"objective": "binary:logistic"}), "--labels", "labels.txt")
    assert (made.returncode, made.stdout.splitlines()[0]) == (3, "the model has 2 classes")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.txt", "m.ubj"]


def test_samples_become_the_events(tmp_path: Path, make: Make, opened: Open) -> None:
    (tmp_path / "rows.csv").write_text("id,class,tenure,monthly charge\n7,True,2,3.5\n8,4,,0\n")
    file = boosted(tmp_path / "m.json", {}, feature_names=NAMES)
    made = make("sampled", file, "--samples", "rows.csv")
    assert "2 rows: at most" in made.stderr
    event = json.loads((tmp_path / "sampled" / "events" / "two-rows.json").read_text())
    assert event["request"]["body"]["rows"] == [
        {"tenure": 2, "monthly charge": 3.5, "class": 1},
        {"tenure": None, "monthly charge": 0, "class": 4},
    ]
    booster = xgboost.Booster(model_file=file)
    wanted = booster.inplace_predict(np.array([[2, 3.5, 1], [np.nan, 0, 4]], dtype=np.float32))
    assert event["answer"]["body"]["predictions"] == pytest.approx(wanted.tolist(), rel=1e-6)
    opened("sampled")


def test_samples_without_a_column_are_refused(tmp_path: Path, make: Make) -> None:
    (tmp_path / "rows.csv").write_text("tenure,class\n1,2\n")
    made = make("m", boosted(tmp_path / "m.json", {}, feature_names=NAMES), "--samples", "rows.csv")
    assert (made.returncode, made.stdout.splitlines()[0]) == (3, "the samples have no column 'monthly charge'")


LIGHTGBM: dict[str, tuple[dict[str, Any], str, type]] = {
    "regression": ({"objective": "regression"}, "predictions", float),
    "binary": ({"objective": "binary"}, "probabilities", float),
    "classes": ({"objective": "multiclass", "num_class": 3}, "probabilities", list),
    "dart": ({"objective": "regression", "boosting": "dart"}, "predictions", float),
}


@pytest.mark.parametrize(("parameters", "key", "type_"), LIGHTGBM.values(), ids=LIGHTGBM)
def test_every_kind_of_lightgbm(
    tmp_path: Path,
    make: Make,
    opened: Open,
    lightgbm_libraries: Path,
    parameters: dict[str, Any],
    key: str,
    type_: type,
) -> None:
    names = ["tenure", "charge", "plan"]
    labels = ROWS[:, 0] % parameters.get("num_class", 2)
    data = lightgbm.Dataset(ROWS.astype(float), labels, feature_name=names, categorical_feature=["plan"])
    settings = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 2, **parameters}
    booster = lightgbm.train(settings, data, 4)
    booster.pandas_categorical = [["a", "b", "c", "d", "e"]]
    booster.save_model(tmp_path / "m.txt")
    made = make("trees", tmp_path / "m.txt")
    assert made.returncode == 0, made.stdout + made.stderr
    rows = [{"tenure": 1, "charge": None, "plan": plan} for plan in ("a", "e", None)]
    status, answer = model_apps.post(opened("trees"), "/predict", {"rows": rows})
    wanted: Any = booster.predict(np.array([[1, np.nan, 0], [1, np.nan, 4], [1, np.nan, np.nan]]))
    assert status == 200
    assert np.array(answer[key]) == pytest.approx(wanted, rel=1e-9)
    assert type(answer[key][0]) is type_


def test_a_new_folder_keeps_what_every_folder_promises(tmp_path: Path, make: Make) -> None:
    """But for the deployment, which tests/pipeline/test_new.py has."""
    assert make("churn", boosted(tmp_path / "m.ubj", {}, feature_names=NAMES)).returncode == 0
    promises = [
        promise
        for name, promise in vars(test_contract).items()
        if name.startswith("test_") and set(inspect.signature(promise).parameters) == {"folder"}
    ]
    assert len(promises) > 5
    for promise in promises:
        promise(tmp_path / "churn")


def test_what_is_written_is_as_formatters_and_type_checkers_want_it(tmp_path: Path, make: Make) -> None:
    """Long names, many of them, and such as Python cannot have."""
    names = [f"how many {'very ' * 12}long names", "class", "list"]
    assert make("churn", boosted(tmp_path / "m.ubj", {}, feature_names=names)).returncode == 0
    app = tmp_path / "churn" / "app"
    settings = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["ruff", "format", "--check", *settings, str(app)], ["ruff", "check", *settings, str(app)]):
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr
