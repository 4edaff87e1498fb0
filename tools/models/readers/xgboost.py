"""Reads an XGBoost file, and gets XGBoost's results for some rows.

python tools models.readers.xgboost FILE < SAMPLES    print a reading, as JSON
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from tools.models.readers import digits, generated, program
from tools.models.reading import Column, Gets, Reading, Refused, Table, coded, rows_of

_GETS: dict[str, Gets] = {
    "binary:logistic": "probability",
    "reg:logistic": "value",
    "binary:logitraw": "score",
    "binary:hinge": "class",
    "multi:softmax": "class",
    "multi:softprob": "probabilities",
}
_WRAPPERS = "XGBClassifier and XGBRegressor"
_KINDS = {"c": "code", "i": "truth", "int": "whole"}


def read(file: Path, samples: list[dict[str, str]]) -> Reading:
    booster = _booster(file)
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    columns = _columns(learner)
    rows = rows_of(samples, columns) or generated.rows(columns, _marks(learner, len(columns)))
    answers = _asked(booster, learner, columns, rows)
    objective = learner["objective"]["name"]
    many = answers.ndim == 2
    gets: Gets = _GETS.get(objective, "score" if objective.startswith("rank:") else "value")
    return Table(
        runtime="xgboost",
        summary=f"XGBoost, {objective}, {_size(learner)}",
        columns=columns,
        is_named=bool(learner["feature_names"]),
        gets="values" if many and gets != "probabilities" else gets,
        width=answers.shape[1] if many else 1,
        classes=max(2, int(learner["learner_model_param"]["num_class"])),
        notes=_notes(learner),
        rows=rows,
        answers=digits.rounded(answers),
    )


def _booster(file: Path) -> xgboost.Booster:
    try:
        return xgboost.Booster(model_file=file)
    except xgboost.core.XGBoostError as error:
        why = str(error).strip().splitlines()[0]
        raise Refused(
            f"XGBoost cannot read {file.name}", why, "write it with booster.save_model('model.ubj')"
        ) from None


def _columns(learner: dict[str, Any]) -> list[Column]:
    count = int(learner["learner_model_param"]["num_feature"])
    names = learner["feature_names"] or [f"f{place}" for place in range(count)]
    types = learner["feature_types"] or ["float"] * count
    known = _categories(learner)
    found = []
    for name, type_, categories in zip(names, types, known or [[]] * count, strict=True):
        kind: Any = "category" if categories else _KINDS.get(type_, "number")
        found.append(Column(name, kind, categories))
    return found


def _categories(learner: dict[str, Any]) -> list[list[int | str]]:
    """The names of categories, which files contain since XGBoost 3.1; older ones have only numbers."""
    model = learner["gradient_booster"].get("model") or learner["gradient_booster"].get("gbtree", {}).get("model", {})
    return [_names(column) for column in model.get("cats", {}).get("enc", [])]


def _names(column: dict[str, Any]) -> list[int | str]:
    if "offsets" not in column:
        return [value if isinstance(value, int) else str(value) for value in column["values"]]
    text = bytes(value % 256 for value in column["values"])
    bounds = column["offsets"]
    return [text[start:end].decode() for start, end in pairwise(bounds)]


def _trees(learner: dict[str, Any]) -> list[dict[str, Any]]:
    booster = learner["gradient_booster"]
    trees: list[dict[str, Any]] = booster.get("gbtree", booster).get("model", {}).get("trees", [])
    return trees


def _size(learner: dict[str, Any]) -> str:
    trees = len(_trees(learner))
    return f"{trees} trees" if trees else "linear"


def _marks(learner: dict[str, Any], count: int) -> list[list[float]]:
    """For each column the thresholds of the trees, or the categories that they split by."""
    marks: dict[int, set[float]] = defaultdict(set)
    for tree in _trees(learner):
        splits = zip(
            *(tree[key] for key in ("left_children", "split_indices", "split_conditions", "split_type")), strict=True
        )
        for left, column, threshold, by_category in splits:
            if left != -1 and not by_category:
                marks[column].add(threshold)
        segments = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
        for node, start, size in segments:
            marks[tree["split_indices"][node]].update(tree["categories"][start : start + size])
    return [sorted(marks[column]) for column in range(count)]


def _asked(
    booster: xgboost.Booster, learner: dict[str, Any], columns: list[Column], rows: list[list[Any]]
) -> np.ndarray[Any, Any]:
    data = xgboost.DMatrix(
        np.array(coded(columns, rows), dtype=np.float32),
        feature_names=learner["feature_names"] or None,
        feature_types=learner["feature_types"] or None,
        enable_categorical=True,
    )
    rounds = _best(learner) if _is_sklearns(learner) else 0
    answers: np.ndarray[Any, Any] = booster.predict(data, iteration_range=(0, rounds))
    return answers


def _best(learner: dict[str, Any]) -> int:
    """The number of rounds up to the best one, if early stopping found one."""
    is_linear = learner["gradient_booster"]["name"] == "gblinear"
    return 0 if is_linear else int(learner["attributes"].get("best_iteration", -1)) + 1


def _is_sklearns(learner: dict[str, Any]) -> bool:
    """Whether XGBClassifier or one of its like wrote the file: they predict with the rounds up to the best one."""
    return "scikit_learn" in learner["attributes"]


def _notes(learner: dict[str, Any]) -> list[str]:
    best = _best(learner)
    if not best:
        return []
    if _is_sklearns(learner):
        return [f"rounds of training that predict: {best}, up to the best one, as in {_WRAPPERS}"]
    return [
        f"round {best} was the best, but all predict, as in Booster.predict; {_WRAPPERS} leave out what comes "
        f"after it, and so does the file of their model.save_model(), or of booster[:{best}].save_model()"
    ]


if __name__ == "__main__":
    program.run(read)
