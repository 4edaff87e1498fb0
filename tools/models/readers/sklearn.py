"""Turns a scikit-learn model into ONNX, and gets scikit-learn's results for some rows.

    python -m tools.models.readers.sklearn < REQUEST    print what is made of it: both as conversion.py has them

A pickle is code, so this runs in a container without a network; what it prints is data.
"""

from __future__ import annotations

import io
import pickle
import warnings
from typing import Any

import joblib
import numpy as np
import skops.io
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.exceptions import InconsistentVersionWarning

from tools.models.conversion import Converted, Request
from tools.models.readers import generated, program, sklearn_columns, sklearn_onnx
from tools.models.reading import Column, Refused, Table, rows_of

Array = np.ndarray[Any, Any]

# Libraries with file formats of their own.
_ADVICE = {
    "xgboost": "write it with model.save_model('model.ubj') and give that file",
    "lightgbm": "write it with model.booster_.save_model('model.txt') and give that file",
    "catboost": "write it with model.save_model('model.cbm') and give that file",
}
# 32 bits hold whole numbers up to here.
_EXACT = 2**24


def convert(request: Request) -> Converted:
    model, notes = _loaded(request.model, request.suffix)
    columns, marks = sklearn_columns.of(model)
    rows = rows_of(request.samples, columns)
    # Samples without gaps and unknown texts would not show what becomes of these.
    rows = rows + generated.gaps(columns, rows[0]) if rows else generated.rows(columns, marks)
    element, found, answers = _held(model, columns, rows)
    is_many = answers.ndim == 2
    table = Table(
        runtime="onnxruntime",
        summary=f"scikit-learn, {_name(model)}",
        columns=columns,
        is_named=hasattr(model, "feature_names_in_") or sklearn_onnx.is_separate(columns),
        gets="probabilities" if is_classifier(model) else "values" if is_many else "value",
        width=answers.shape[1] if is_many else 1,
        labels=[str(label) for label in model.classes_] if is_classifier(model) else [],
        element=element,
        is_separate=sklearn_onnx.is_separate(columns),
        outputs=2 if is_classifier(model) else 1,
        notes=notes,
        rows=rows,
        answers=answers.tolist(),
    )
    return Converted(table, found)


def _loaded(content: bytes, suffix: str) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", InconsistentVersionWarning)
        try:
            model = _read(content, suffix)
        except Exception as error:  # whatever a pickle raises: its code is anybody's
            raise Refused(
                "the file cannot be read with scikit-learn 1.9.1",
                f"{type(error).__name__}: {error}".splitlines()[0],
                _ADVICE.get(
                    getattr(error, "name", None) or "", "write it with that version; modules of your own are not there"
                ),
            ) from None
    # A search for parameters predicts with the best model that it found.
    model = getattr(model, "best_estimator_", model)
    name = _name(model)
    if not isinstance(model, BaseEstimator) or not (is_classifier(model) or is_regressor(model)):
        raise Refused(
            f"{'an' if name[0] in 'AEIOU' else 'a'} {name} is not taken",
            "only classifiers and regressors are",
            "give the file of one of these, or export it to .onnx with skl2onnx and give that file",
        )
    if is_classifier(model) and not hasattr(model, "predict_proba"):
        what = f"a {_name(model)} gives no probabilities, and is not taken"
        raise Refused(what, "", "fit it within a CalibratedClassifierCV, which does")
    if any(isinstance(classes, np.ndarray) for classes in getattr(model, "classes_", ())):
        raise Refused("a classifier with several outputs is not taken", "", "save one classifier for each output")
    versions = [warning.message for warning in told if isinstance(warning.message, InconsistentVersionWarning)]
    return model, [f"written by scikit-learn {each.original_sklearn_version}, read by 1.9.1" for each in versions[:1]]


def _read(content: bytes, suffix: str) -> Any:
    if suffix == ".skops":
        # Trusted no more than a pickle; where this runs it can do no harm.
        return skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    return joblib.load(io.BytesIO(content)) if suffix == ".joblib" else pickle.loads(content)  # noqa: S301 - see above


def _name(model: Any) -> str:
    steps = getattr(model, "steps", None)
    return " → ".join(type(step).__name__ for _, step in steps) if steps else type(model).__name__


def _advice(model: Any, rows: list[list[Any]], why: str) -> str:
    if any(np.any(getattr(step, "is_categorical_", None)) for step in sklearn_onnx.steps(model)):
        return (
            "ONNX has no splits by category: put an OrdinalEncoder before it, without categorical_features, "
            "or train with LightGBM or XGBoost, which are served with categories"
        )
    if "at most 1 input(s)" in why:
        return (
            "let it see one table: make_pipeline(ColumnTransformer(…), CalibratedClassifierCV(…)), and not the reverse"
        )
    if "difference" in why and any(
        isinstance(value, int | float) and abs(value) > _EXACT for row in rows for value in row
    ):
        return "ONNX computes with seven digits: train with smaller numbers, such as days instead of seconds since 1970"
    if "difference" in why or "Error" in why:
        return "if that is because of the rows that the command makes up, give rows of yours with --samples FILE.csv"
    return "see whether skl2onnx supports each step; one of your own needs a converter"


def _may_miss(model: Any, columns: list[Column], row: list[Any], place: int) -> bool:
    try:
        sklearn_onnx.asked(model, columns, [[*row[:place], None, *row[place + 1 :]]])
    except Exception:  # scikit-learn raises what its steps do
        return False
    return True


def _complete(columns: list[Column], rows: list[list[Any]], places: list[int]) -> bool:
    """Whether values were missing in these columns, and are no longer."""
    places = [place for place in places if columns[place].is_optional]
    for place in places:
        columns[place].is_optional = False
        for row in rows:
            row[place] = rows[0][place] if row[place] is None else row[place]
    return bool(places)


def _held(model: Any, columns: list[Column], rows: list[list[Any]]) -> tuple[str, bytes, Array]:
    """Values may be missing where scikit-learn takes that and ONNX gives the same results."""
    _complete(columns, rows, [place for place in range(len(columns)) if not _may_miss(model, columns, rows[0], place)])
    texts = [place for place, column in enumerate(columns) if sklearn_onnx.is_text(column)]
    why = ""
    for places in ([], texts, [*range(len(columns))]):
        if not _complete(columns, rows, places) and places:
            continue
        try:
            return sklearn_onnx.held(model, columns, rows)
        except Refused as refused:
            why = refused.why
        except Exception as error:  # scikit-learn raises what its steps do
            why = f"{type(error).__name__}: {error}".splitlines()[0]
    raise Refused(
        f"{_name(model)} cannot be turned into ONNX",
        why,
        _advice(model, rows, why),
    )


if __name__ == "__main__":
    program.converts(convert)
