"""Writes models of CatBoost and what it says of rows, in an environment that has it: catboost_models.py FOLDER ASKED

ASKED is rows with categories, as JSON.
"""
# mypy: ignore-errors

import json
import sys
from pathlib import Path

import numpy as np
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor, Pool, sum_models

folder = Path(sys.argv[1])
chance = np.random.default_rng(0)
ROWS = chance.normal(size=(200, 3)).round(2).astype(np.float32)
ROWS[chance.random(ROWS.shape) < 0.1] = np.nan
TREND = np.nan_to_num(ROWS[:, 0]) * 2 + np.nan_to_num(ROWS[:, 1])
YES, THREE = TREND > 0, np.digitize(TREND, [-1, 1])
NAMES = ["tenure", "monthly charge", "class"]
ASKED = [[0.5, None, -1], [None, None, None], [-2, 1, 0.25]]

# What is trained, on what, and how the probability or the prediction is asked for.
MODELS = {
    "regression": (CatBoostRegressor(), TREND * 1000 + 2e6),
    "missing-is-most": (CatBoostRegressor(nan_mode="Max"), TREND),
    "counts": (CatBoostRegressor(loss_function="Poisson"), THREE),
    "quantiles": (CatBoostRegressor(loss_function="MultiQuantile:alpha=0.1,0.9"), TREND),
    "uncertain": (CatBoostRegressor(loss_function="RMSEWithUncertainty"), TREND),
    "outputs": (CatBoostRegressor(loss_function="MultiRMSE"), np.stack([TREND, -TREND], 1)),
    "lossguide": (CatBoostRegressor(grow_policy="Lossguide", max_leaves=7, nan_mode="Max"), TREND),
    "depthwise": (CatBoostClassifier(grow_policy="Depthwise"), np.where(YES, "leaves", "stays")),
    "binary": (CatBoostClassifier(), YES.astype(int)),
    "truths": (CatBoostClassifier(), YES),
    "three": (CatBoostClassifier(), np.array(["a", "b", "c"])[THREE]),
    "one-vs-all": (CatBoostClassifier(loss_function="MultiClassOneVsAll"), THREE + 5),
    "labels": (CatBoostClassifier(loss_function="MultiLogloss"), np.stack([YES, ~YES], 1).astype(int)),
    "ranking": (CatBoost({"loss_function": "YetiRank"}), THREE / 2),
}


def write(name, model, labels):
    model.set_params(iterations=12, depth=3, verbose=0, allow_writing_files=False, thread_count=1)
    groups = np.arange(200) // 10 if name == "ranking" else None
    # This one has no names.
    model.fit(Pool(ROWS, labels, group_id=groups, feature_names=None if name == "outputs" else NAMES))
    model.save_model(str(folder / f"{name}.cbm"))
    asked = np.array(ASKED, dtype=np.float32)
    return (model.predict_proba(asked) if isinstance(model, CatBoostClassifier) else model.predict(asked)).tolist()


def write_sum():
    both = [CatBoostClassifier(iterations=3, depth=2, verbose=0, allow_writing_files=False) for _ in "ab"]
    summed = sum_models([model.fit(ROWS, np.where(YES, "leaves", "stays")) for model in both])
    summed.save_model(str(folder / "sum.cbm"))
    return summed.predict(np.array(ASKED, dtype=np.float32), prediction_type="Probability").tolist()


wanted = {name: write(name, model, labels) for name, (model, labels) in MODELS.items()}
wanted["sum"] = write_sum()


def write_categories(name, names, grow_policy):
    plans = np.array(["basic", "größe", "pro"])[chance.integers(0, 3, 200)].tolist()
    kids, cities = chance.integers(0, 9, 200).tolist(), [f"city {at}" for at in chance.integers(0, 40, 200)]
    rows = [list(row) for row in zip(plans, TREND.tolist(), kids, cities, strict=True)]
    labels = np.where(TREND + np.array(kids) * (np.array(plans) == "pro") > 2, "leaves", "stays")
    model = CatBoostClassifier(
        iterations=30, depth=4, one_hot_max_size=3, grow_policy=grow_policy, verbose=0, allow_writing_files=False
    )
    model.fit(Pool(rows, labels, cat_features=[0, 2, 3], feature_names=names)).save_model(str(folder / f"{name}.cbm"))
    asked = [[np.nan if value is None else value for value in row] for row in json.loads(sys.argv[2])]
    return model.predict_proba(asked).tolist()


def write_texts():
    rows = [["a good day" if each else "a bad night", number] for each, number in zip(YES, TREND.tolist(), strict=True)]
    data = Pool(rows, YES.astype(int), text_features=[0], feature_names=["words", "months"])
    CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False).fit(data).save_model(
        str(folder / "texts.cbm")
    )


wanted["plans"] = write_categories("plans", ["plan", "months", "kids", "city"], "SymmetricTree")
wanted["lists"] = write_categories("lists", None, "Lossguide")
write_texts()
(folder / "wanted.json").write_text(json.dumps(wanted))
