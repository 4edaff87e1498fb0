"""Turns a CatBoost file into ONNX, and gets CatBoost's results for some rows.

    python tools models.readers.catboost FILE < REQUEST    print a reading, as JSON

REQUEST is {"to", "samples"}: model.onnx appears in the folder `to`. A `.cbm` file is data; nothing of it is run.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import catboost
import numpy as np

from tools.models.readers import catboost_columns, catboost_export, digits, program
from tools.models.readers.catboost_export import Then
from tools.models.reading import Column, Gets, Reading, Refused, Table


class Way(NamedTuple):
    """The result for a row, with one output and with several, and CatBoost's name for it."""

    gets: Gets = "value"
    several: Gets = "values"
    then: Then = ""
    asked: str = "RawFormulaVal"


_CLASSES = Way("probability", "probabilities", "Sigmoid", "Probability")
_COUNTS = Way(then="Exp", asked="Exponent")
_RANKS = Way("score")
# For each loss, the result of predict_proba in CatBoostClassifier or predict in CatBoostRegressor; otherwise the sum.
_WAYS = {
    **dict.fromkeys(("Logloss", "CrossEntropy", "Focal"), _CLASSES),
    "MultiClass": _CLASSES._replace(then="Softmax"),
    "MultiClassOneVsAll": _CLASSES,
    **dict.fromkeys(("MultiLogloss", "MultiCrossEntropy"), _CLASSES._replace(several="values")),
    **dict.fromkeys(("Poisson", "Tweedie"), _COUNTS),
    "RMSEWithUncertainty": Way(then="variance", asked="RMSEWithUncertainty"),
    **dict.fromkeys(("YetiRank", "YetiRankPairwise", "PairLogit", "PairLogitPairwise", "LambdaMart"), _RANKS),
    **dict.fromkeys(("QueryRMSE", "QuerySoftMax", "QueryCrossEntropy", "StochasticRank", "StochasticFilter"), _RANKS),
}
# Kinds of columns that are not supported, their names, and advice.
_OTHERS = {
    "text_features": ("text", "CatBoost counts words, for which ONNX has no operator", "encode texts before training"),
    "embedding_features": ("embedding", "for these ONNX has no operator", "give the model a column for each number"),
}


def read(file: Path, request: Any) -> Reading:
    model = _model(file)
    _check(file, model)
    content = _json(model)
    loss, classes = _loss(content), content["model_info"].get("class_params", {}).get("class_names", [])
    way = _WAYS.get(loss, Way())
    columns, rows, notes = catboost_columns.asked(model, content, request["samples"])
    answers = np.asarray(model.predict(_given(columns, rows), prediction_type=way.asked, thread_count=1))
    width = len(content["scale_and_bias"][1])
    gets = way.gets if width == 1 else way.several
    catboost_export.write(content, way.then, Path(request["to"]) / "model.onnx")
    return Table(
        runtime="catboost" if any(column.kind == "open" for column in columns) else "onnxruntime",
        summary=f"CatBoost, {loss or 'a loss of its own'}, {model.tree_count_} trees",
        columns=columns,
        is_named=[column.name for column in columns] != [str(place) for place in range(len(columns))],
        gets=gets,
        width=width,
        labels=_labels(classes) if gets in ("probability", "probabilities") else [],
        notes=notes,
        rows=rows,
        answers=digits.rounded(answers[:, 1] if gets == "probability" else answers),
    )


def _model(file: Path) -> catboost.CatBoost:
    try:
        return catboost.CatBoost().load_model(str(file))
    except catboost.CatBoostError as error:
        why = str(error).strip().splitlines()[0]
        raise Refused(f"CatBoost cannot read {file.name}", why, "write it with model.save_model('model.cbm')") from None


def _check(file: Path, model: catboost.CatBoost) -> None:
    found = {
        "text_features": model.get_text_feature_indices(),
        "embedding_features": model.get_embedding_feature_indices(),
    }
    for kind, places in found.items():
        if places:
            what, why, then = _OTHERS[kind]
            names = ", ".join(model.feature_names_[place] for place in places[:5])
            raise Refused(f"{file.name} has {what} columns, and these are not taken: {names}", why, then)
    if not model.tree_count_:
        raise Refused(f"{file.name} has no trees", "", "train it for longer")


def _json(model: catboost.CatBoost) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        model.save_model(str(file), format="json")
        found: dict[str, Any] = json.loads(file.read_text())
        return found


def _loss(content: dict[str, Any]) -> str:
    """The loss, from the training parameters; a merged model has it separately, as text."""
    info = content["model_info"]
    found = info.get("params", {}).get("loss_function") or json.loads(info.get("loss_function", "{}"))
    return str(found.get("type", ""))


def _labels(classes: list[Any]) -> list[str]:
    """The names of the classes; without names CatBoost numbers them from 0."""
    names = [str(each) for each in classes]
    return [] if names == [str(number) for number in range(len(names))] else names


def _given(columns: list[Column], rows: list[list[Any]]) -> Any:
    if all(column.kind == "number" for column in columns):
        return np.array(rows, dtype=np.float32)
    return [[np.nan if value is None else value for value in row] for row in rows]


if __name__ == "__main__":
    program.run(read)
