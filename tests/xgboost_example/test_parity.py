"""Both back ends give the same numbers: that is what makes the fast one trustworthy."""

import json
import random
from collections.abc import Callable
from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xgboost

TOLERANCE = 1e-5
Row = list[float | None]


@pytest.fixture
def model(folder: Path) -> bytes:
    return (folder / "model" / "model.json").read_bytes()


def assert_agree(model: bytes, rows: list[Row]) -> None:
    fast = import_module("app.trees").Forest(model).predict(rows)
    native = import_module("app.native").Forest(model).predict(rows)
    assert len(fast) == len(rows)
    # Around zero, where leaves cancel, only the 32 bits of each are left to agree.
    assert fast == pytest.approx(native, rel=TOLERANCE, abs=1e-6)


def thresholds(model: bytes) -> list[list[float]]:
    """The numbers at which the trees split, by column, with the 32-bit numbers around each."""
    trees = json.loads(model)["learner"]["gradient_booster"]["model"]["trees"]
    columns: list[list[float]] = [[] for _ in range(13)]
    for tree in trees:
        nodes = zip(tree["split_indices"], tree["split_conditions"], tree["left_children"], strict=True)
        for column, threshold, left in nodes:
            if left >= 0:
                single = np.float32(threshold)
                below, above = (np.nextafter(single, np.float32(end)) for end in (-1e9, 1e9))
                columns[column] += [threshold, float(single), float(below), float(above)]
    return columns


@pytest.mark.slow
def test_on_the_rows_of_the_data_set(trained: Path, model: bytes) -> None:
    rows: list[Row] = json.loads((trained / "rows.json").read_text())
    assert len(rows) == 506
    assert_agree(model, rows)


def test_on_random_rows_at_and_around_thresholds_with_values_missing(model: bytes) -> None:
    choose = random.Random(2026)
    at = [values or [0.0] for values in thresholds(model)]
    assert sum(map(len, at)) > 1000

    def value(column: int) -> float | None:
        kind = choose.random()
        if kind < 0.15:
            return None
        if kind < 0.7:
            return choose.choice(at[column])
        return choose.uniform(min(at[column]) - 1, max(at[column]) + 1)

    assert_agree(model, [[value(column) for column in range(13)] for _ in range(10_000)])


def test_on_the_largest_and_smallest_numbers_taken(model: bytes) -> None:
    largest = import_module("app.rows").FLOAT32_MAX
    extremes = [largest, -largest, 1e-45, -1e-45, 1e-300, -0.0]
    assert_agree(model, [[extreme] * 13 for extreme in extremes])


@pytest.mark.parametrize("backend", ["fast", "native"])
def test_the_documented_example(main: Callable[[str], ModuleType], backend: str) -> None:
    row = [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]
    answer = main(backend).handler({"input_X": row})
    assert answer["message"] == "Succesful Prediction"
    assert 14.7 <= answer["prediction"] < 14.8


def test_numbers_are_sent_without_the_digits_that_32_bits_cannot_hold(
    main: Callable[[str], ModuleType],
) -> None:
    answer = main("native").handler({"input_X": [[i] * 13 for i in range(20)]})
    assert max(len(str(number)) for number in answer["predictions"]) <= len("14.73906")


def test_a_model_of_another_version_of_xgboost(model: bytes) -> None:
    """Before 3.1 the base score was a number and not a list."""
    learner = json.loads(model)
    shape = learner["learner"]["learner_model_param"]
    shape["base_score"] = shape["base_score"].strip("[]")
    row: Row = [1.0] * 13
    fast = import_module("app.trees").Forest
    assert fast(json.dumps(learner).encode()).predict([row]) == fast(model).predict([row])


def trained_on_noise(parameters: dict[str, Any], feature_types: list[str] | None = None, outputs: int = 1) -> bytes:
    noise = np.random.RandomState(0)
    rows = noise.randint(0, 5, (60, 3)).astype(np.float32)
    rows[rows[:, 1] == 0, 1] = np.nan
    labels = rows[:, 0] % 2
    data = xgboost.DMatrix(
        rows,
        np.stack([labels] * outputs, axis=1),
        feature_types=feature_types,
        enable_categorical=True,
    )
    booster = xgboost.train({"nthread": 1, **parameters}, data, num_boost_round=3)
    return bytes(booster.save_raw("json"))


@pytest.mark.parametrize("parameters", [{"max_depth": 12}, {"num_parallel_tree": 4, "eta": 1}])
def test_on_trees_of_other_shapes(parameters: dict[str, Any]) -> None:
    file = trained_on_noise({"subsample": 0.5, "min_child_weight": 0, **parameters})
    values = (None, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert_agree(file, [list(row) for row in product(values, repeat=3)])


@pytest.mark.parametrize(
    ("parameters", "data"),
    [
        ({"objective": "binary:logistic"}, {}),
        ({"objective": "multi:softprob", "num_class": 2}, {}),
        ({"booster": "dart"}, {}),
        ({"booster": "gblinear"}, {}),
        ({}, {"feature_types": ["c", "q", "q"]}),
        ({}, {"outputs": 2}),
    ],
    ids=["logistic", "classes", "dart", "linear", "categories", "outputs"],
)
def test_the_fast_back_end_refuses_what_it_would_get_wrong(parameters: dict[str, Any], data: dict[str, Any]) -> None:
    file = trained_on_noise(parameters, **data)
    with pytest.raises(ValueError, match="Set BACKEND=native"):
        import_module("app.trees").Forest(file)


def test_the_native_back_end_serves_what_the_fast_one_refuses() -> None:
    file = trained_on_noise({"objective": "binary:logistic"})
    [predicted] = import_module("app.native").Forest(file).predict([[0.5, None, 1.0]])
    assert 0 < predicted < 1


def test_a_model_of_another_width_does_not_start(
    main: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = main("fast")
    (tmp_path / "model.json").write_bytes(trained_on_noise({}))
    monkeypatch.setattr(module, "MODEL_FILE", tmp_path / "model.json")
    with pytest.raises(ValueError, match=r"model\.json has 3 columns, app/columns\.py 13"):
        module.load()


def test_an_unknown_back_end_does_not_start(main: Callable[[str], ModuleType]) -> None:
    with pytest.raises(ValueError, match="BACKEND='quick' is unknown: it can be 'fast' or 'native'"):
        main("quick")


def test_versions_differ_when_models_do(
    main: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = main("fast")
    other = tmp_path / "model.json"
    other.write_bytes(module.MODEL_FILE.read_bytes() + b"\n")
    version = module.load().version
    monkeypatch.setattr(module, "MODEL_FILE", other)
    assert module.load().version != version
