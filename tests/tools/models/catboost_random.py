"""Random CatBoost models with categories, and how far from CatBoost is what would be served: catboost_random.py COUNT

In an environment that has CatBoost. Printed is {"off": [...], "seen": {...}}: the largest difference of each model, in
tolerances, and how often each kind of thing was among them.

    catboost_random.py --record    print a small one, which test_catboost_categories.py asks without CatBoost
"""
# mypy: ignore-errors

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from catboost import CatBoost, CatBoostError, Pool

from serving.runtimes.catboost import Session
from tools.models.readers import catboost_export
from tools.models.reading import ABS, REL

LOSSES = ["RMSE", "Logloss", "MultiClass", "MultiClassOneVsAll", "YetiRank", "Poisson"]
TYPES = ["Borders", "Buckets", "BinarizedTargetMeanValue", "Counter"]
# A category by its number: short, whole, or longer and not of one byte a letter.
WAYS = [lambda at: f"v{at}", lambda at: at - 2, lambda at: f"{'é' * (at % 40)}{at}"]


class Data:
    """Columns of categories and of numbers in any order; of categories some are met only when asked."""

    def __init__(self, chance, small):
        self.chance = chance
        self.kinds = chance.permutation(
            [True] * (3 if small else chance.integers(1, 5)) + [False] * (1 if small else chance.integers(0, 3))
        ).tolist()
        self.sizes = [int(chance.choice([2, 3, 6] if small else [2, 3, 6, 30, 150])) for _ in self.kinds]
        self.ways = [WAYS[chance.integers(0, 3)] for _ in self.kinds]
        self.rows = [self.row(0) for _ in range(300)]
        self.asked = [self.row(5) for _ in range(40 if small else 200)]

    def row(self, more):
        return [self.value(*column, more) for column in zip(self.kinds, self.sizes, self.ways, strict=True)]

    def value(self, is_category, size, way, more):
        if is_category:
            return way(int(self.chance.integers(0, size + more)))
        return round(float(self.chance.normal()), 2) if self.chance.random() > 0.1 else float("nan")

    def trend(self):
        """Of each value alone, and of all categories together."""
        alone = [sum(self.effect(value) for value in row) for row in self.rows]
        together = [sum(map(ord, str([each for each in row if not isinstance(each, float)]))) % 5 for row in self.rows]
        return np.array(alone) + 3 * np.array(together) + self.chance.normal(size=300) * 0.1

    def effect(self, value):
        return float(np.nan_to_num(value)) if isinstance(value, float) else sum(map(ord, str(value))) * 37 % 100 / 50


def statistics(chance, loss, small):
    found = []
    for name in TYPES:
        if small or chance.random() < 0.6:
            prior = f":Prior={chance.integers(0, 4)}" if chance.random() < 0.5 else ""
            borders = f":TargetBorderCount={chance.integers(1, 4)}" if loss == "RMSE" and name != "Counter" else ""
            found.append(f"{name}:CtrBorderCount={chance.integers(3, 15)}{prior}{borders}")
    return found or ["Borders"]


def trained(chance, small=False):
    data, loss = Data(chance, small), "RMSE" if small else str(chance.choice(LOSSES))
    of_one, of_several = statistics(chance, loss, small), statistics(chance, loss, small)
    parameters = {
        "loss_function": loss,
        "iterations": 12 if small else int(chance.integers(1, 60)),
        "depth": 4 if small else int(chance.integers(1, 6)),
        "one_hot_max_size": int(chance.choice([2, 3] if small else [1, 2, 4, 10, 40])),
        "max_ctr_complexity": int(chance.integers(2, 5)),
        "grow_policy": "SymmetricTree"
        if small
        else str(chance.choice(["SymmetricTree", "SymmetricTree", "Depthwise", "Lossguide"])),
        "nan_mode": str(chance.choice(["Min", "Max"])),
        "counter_calc_method": str(chance.choice(["Full", "SkipTest"])),
        # Else those of several are held back.
        "model_size_reg": 0,
        "simple_ctr": of_one,
        "combinations_ctr": of_several,
    }
    model = CatBoost({**parameters, "logging_level": "Silent", "allow_writing_files": False, "thread_count": 1})
    trend = data.trend()
    labels = {"RMSE": trend, "Logloss": trend > np.median(trend)}.get(
        loss, np.digitize(trend, np.quantile(trend, [0.3, 0.6]))
    )
    groups = np.arange(300) // 10 if loss == "YetiRank" else None
    places = [place for place, is_category in enumerate(data.kinds) if is_category]
    model.fit(Pool(data.rows, labels.astype(float), cat_features=places, group_id=groups))
    return model, data, loss


def json_of(model, folder):
    model.save_model(str(folder / "model.json"), format="json")
    return json.loads((folder / "model.json").read_text())


def off(model, data, content, folder):
    catboost_export.write(content, "", folder / "model.onnx")
    session = Session(str(folder / "model.onnx"))
    [found] = session.run([session.matrix(without_nan(data.asked))])
    wanted = model.predict(data.asked, prediction_type="RawFormulaVal").reshape(len(data.asked), -1)
    differences = np.abs(np.array(found.numbers).reshape(wanted.shape) - wanted)
    return float((differences / np.maximum(ABS, REL * np.abs(wanted))).max())


def without_nan(rows):
    return [[None if value != value else value for value in row] for row in rows]


def things(content):
    yield "trees" if "trees" in content else "oblivious_trees"
    for feature in content["features_info"]["categorical_features"]:
        if feature.get("values"):
            yield "one-hot"
    for ctr in content["features_info"].get("ctrs", ()):
        yield ctr["ctr_type"]
        yield f"{sum(each['combination_element'] == 'cat_feature_value' for each in ctr['elements'])} together"
        for element in ctr["elements"]:
            yield element["combination_element"]


def compare(count):
    seen, found = Counter(), []
    with tempfile.TemporaryDirectory() as name:
        for seed in range(count):
            try:
                model, data, loss = trained(np.random.default_rng(seed))
            except CatBoostError:
                # Some shapes of trees and losses do not go together.
                seen["refused"] += 1
                continue
            content = json_of(model, Path(name))
            seen.update([loss, *things(content)])
            found.append(off(model, data, content, Path(name)))
    print(json.dumps({"off": found, "seen": seen}))


def record():
    """The first that has one of everything."""
    wanted = {"one-hot", "float_feature", "cat_feature_exact_value", "1 together", "2 together", *TYPES}
    with tempfile.TemporaryDirectory() as name:
        for seed in range(10_000):
            model, data, loss = trained(np.random.default_rng(seed), small=True)
            content = json_of(model, Path(name))
            if not wanted - {loss, *things(content)}:
                break
    answers = model.predict(data.asked).tolist()
    kept = {key: content[key] for key in ("ctr_data", "features_info", "oblivious_trees", "scale_and_bias")}
    print(json.dumps({"model": kept, "rows": without_nan(data.asked), "answers": answers}))


if __name__ == "__main__":
    record() if sys.argv[1] == "--record" else compare(int(sys.argv[1]))
