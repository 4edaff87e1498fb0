"""XGBoost's C library gives the very bits that its Python package gives, whatever the objective."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from processes import resident
from serving.runtimes.session import OPEN, Description, Failed, Tensor
from serving.runtimes.xgboost import Session

ROWS = np.random.default_rng(0).integers(0, 5, (60, 3)).astype(np.float32)
ROWS[ROWS[:, 1] == 0, 1] = np.nan

# What is trained, and what a row gets. DART and trees may add up in another order than predict() does.
KINDS: dict[str, tuple[dict[str, Any], int, tuple[int, ...]]] = {
    "regression": ({}, 1, ()),
    "logistic": ({"objective": "binary:logistic"}, 1, ()),
    "a class": ({"objective": "multi:softmax", "num_class": 3}, 1, ()),
    "a probability for each class": ({"objective": "multi:softprob", "num_class": 3}, 1, (3,)),
    "counts": ({"objective": "count:poisson"}, 1, ()),
    "several quantiles": ({"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5]}, 1, (2,)),
    "several outputs": ({}, 2, (2,)),
    "trees with several outputs": ({"multi_strategy": "multi_output_tree", "tree_method": "hist"}, 2, (2,)),
    "categories": ({"feature_types": ["c", "q", "q"]}, 1, ()),
    "DART": ({"booster": "dart", "rate_drop": 0.5}, 1, ()),
    "linear": ({"booster": "gblinear"}, 1, ()),
}


def trained(parameters: dict[str, Any], outputs: int = 1) -> xgboost.Booster:
    labels = ROWS[:, 0] % parameters.get("num_class", 2)
    types = parameters.get("feature_types")
    data = xgboost.DMatrix(ROWS, np.stack([labels] * outputs, axis=1), feature_types=types, enable_categorical=True)
    chosen = {name: value for name, value in parameters.items() if name != "feature_types"}
    return xgboost.train({"nthread": 1, **chosen}, data, num_boost_round=5)


@pytest.mark.parametrize("suffix", ["ubj", "json"])
@pytest.mark.parametrize(("parameters", "outputs", "each"), KINDS.values(), ids=KINDS)
def test_every_kind_of_model(
    tmp_path: Path, parameters: dict[str, Any], outputs: int, each: tuple[int, ...], suffix: str
) -> None:
    booster, file = trained(parameters, outputs), tmp_path / f"model.{suffix}"
    booster.save_model(file)

    session = Session(str(file))
    [found] = session.run([Tensor("float32", ROWS.shape, ROWS.tobytes())])

    assert session.inputs == (Description("rows", "float32", (OPEN, 3)),)
    assert session.outputs == (Description("predictions", "float32", (OPEN, *each)),)
    linear = parameters.get("booster") == "gblinear"
    wanted = booster.predict(xgboost.DMatrix(ROWS)) if linear else booster.inplace_predict(ROWS)
    assert found == Tensor("float32", wanted.shape, wanted.tobytes())


@pytest.mark.parametrize(("marks", "rounds"), [({"scikit_learn": "{}"}, 2), ({}, 0)], ids=["XGBClassifier", "Booster"])
def test_early_stopping_counts_where_it_does_in_xgboost(tmp_path: Path, marks: dict[str, str], rounds: int) -> None:
    """XGBClassifier and its like predict with the rounds up to the best; a Booster with all."""
    booster = trained({"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2})
    booster.set_attr(best_iteration="1", **marks)
    booster.save_model(tmp_path / "model.ubj")
    [found] = Session(str(tmp_path / "model.ubj")).run([Tensor("float32", ROWS.shape, ROWS.tobytes())])
    wanted = booster.inplace_predict(ROWS, iteration_range=(0, rounds))
    assert found == Tensor("float32", wanted.shape, wanted.tobytes())


def test_early_stopping_means_nothing_to_a_linear_model(tmp_path: Path) -> None:
    booster = trained({"booster": "gblinear"})
    booster.set_attr(best_iteration="1", scikit_learn="{}")
    booster.save_model(tmp_path / "model.ubj")
    [found] = Session(str(tmp_path / "model.ubj")).run([Tensor("float32", ROWS.shape, ROWS.tobytes())])
    wanted = booster.predict(xgboost.DMatrix(ROWS))
    assert found == Tensor("float32", wanted.shape, wanted.tobytes())


def test_one_row_gets_what_it_gets_among_others(tmp_path: Path) -> None:
    trained({}).save_model(tmp_path / "model.ubj")
    session = Session(str(tmp_path / "model.ubj"))
    [together] = session.run([Tensor("float32", ROWS.shape, ROWS.tobytes())])
    alone = [session.run([Tensor("float32", (1, 3), row.tobytes())])[0].numbers[0] for row in ROWS]
    assert list(together.numbers) == alone


@pytest.mark.parametrize(("content", "said"), [(b"<!doctype html>", "Invalid model format"), (None, "No such file")])
def test_what_xgboost_says_is_told_in_a_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "model.ubj"
    if content:
        file.write_bytes(content)
    with pytest.raises(Failed, match=f"XGBoost: .*{said}") as raised:
        Session(str(file))
    assert "\n" not in str(raised.value)


def test_rows_that_are_copied_are_given_back(tmp_path: Path) -> None:
    trained({"booster": "gblinear"}).save_model(tmp_path / "model.ubj")
    session, rows = Session(str(tmp_path / "model.ubj")), Tensor("float32", (20_000, 3), bytes(240_000))
    session.run([rows])
    before = resident()
    for _ in range(400):
        session.run([rows])
    assert resident() - before < 50e6
