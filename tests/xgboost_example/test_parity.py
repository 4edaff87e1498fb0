"""Both back ends give the same numbers, to the bit: that is what makes the fast one trustworthy."""

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

Row = list[float | None]


@pytest.fixture
def model(folder: Path) -> Path:
    return folder / "model" / "model.ubj"


def assert_agree(model: Path, rows: list[Row]) -> None:
    fast = import_module("app.fast").Forest(str(model)).predict(rows)
    assert len(fast) == len(rows)
    assert fast == import_module("app.native").Forest(str(model)).predict(rows)


def thresholds(model: Path) -> list[list[float]]:
    """The numbers at which the trees split, by column, with the 32-bit numbers around each."""
    trees = json.loads(xgboost.Booster(model_file=model).save_raw("json"))["learner"]["gradient_booster"]["model"][
        "trees"
    ]
    columns: list[list[float]] = [[] for _ in range(13)]
    for tree in trees:
        nodes = zip(tree["split_indices"], tree["split_conditions"], tree["left_children"], strict=True)
        for column, threshold, left in nodes:
            if left >= 0:
                single = np.float32(threshold)
                below, above = (np.nextafter(single, np.float32(end)) for end in (-1e9, 1e9))
                columns[column] += [threshold, float(single), float(below), float(above)]
    return columns


def test_on_the_rows_of_the_data_set(trained: Path, model: Path) -> None:
    rows: list[Row] = json.loads((trained / "rows.json").read_text())
    assert len(rows) == 506
    assert_agree(model, rows)


def test_on_random_rows_at_and_around_thresholds_with_values_missing(model: Path) -> None:
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


def test_on_the_largest_and_smallest_numbers_taken(model: Path) -> None:
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


def trained_on_noise(
    folder: Path, parameters: dict[str, Any], feature_types: list[str] | None = None, outputs: int = 1
) -> Path:
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
    file = folder / "model.ubj"
    booster.save_model(file)
    return file


@pytest.mark.parametrize("parameters", [{"max_depth": 12}, {"num_parallel_tree": 4, "eta": 1}])
def test_on_trees_of_other_shapes(tmp_path: Path, parameters: dict[str, Any]) -> None:
    file = trained_on_noise(tmp_path, {"subsample": 0.5, "min_child_weight": 0, **parameters})
    values = (None, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert_agree(file, [list(row) for row in product(values, repeat=3)])


KINDS: dict[str, dict[str, Any]] = {
    "logistic": {"objective": "binary:logistic"},
    "classes": {"objective": "multi:softmax", "num_class": 2},
    "counts": {"objective": "count:poisson"},
    "dart": {"booster": "dart", "rate_drop": 0.5},
}


@pytest.mark.parametrize("parameters", KINDS.values(), ids=KINDS)
def test_on_models_of_other_kinds(tmp_path: Path, parameters: dict[str, Any]) -> None:
    file = trained_on_noise(tmp_path, parameters)
    assert_agree(file, [list(row) for row in product((None, 0.0, 1.0, 2.0, 5.0), repeat=3)])


def test_on_categories(tmp_path: Path) -> None:
    file = trained_on_noise(tmp_path, {}, feature_types=["c", "q", "q"])
    assert_agree(file, [list(row) for row in product((None, 0.0, 1.0, 2.0, 4.0), repeat=3)])


def test_a_model_with_several_outputs_does_not_start(tmp_path: Path) -> None:
    file = trained_on_noise(tmp_path, {}, outputs=2)
    with pytest.raises(ValueError, match="gives 2 numbers for each row; the answer has room for one"):
        import_module("app.fast").Forest(str(file))


def test_a_model_of_another_width_does_not_start(
    main: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = main("fast")
    monkeypatch.setattr(module, "MODEL_FILE", str(trained_on_noise(tmp_path, {})))
    with pytest.raises(ValueError, match=r"model\.ubj has 3 columns, app/columns\.py 13"):
        module.load()


def test_an_unknown_back_end_does_not_start(main: Callable[[str], ModuleType]) -> None:
    with pytest.raises(ValueError, match="BACKEND='quick' is unknown: it can be 'fast' or 'native'"):
        main("quick")


def test_versions_differ_when_models_do(
    main: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = main("fast")
    version = module.load().version
    booster = xgboost.Booster(model_file=module.MODEL_FILE)
    booster.set_attr(note="another")
    booster.save_model(tmp_path / "model.ubj")
    monkeypatch.setattr(module, "MODEL_FILE", str(tmp_path / "model.ubj"))
    assert module.load().version != version
