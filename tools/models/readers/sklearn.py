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
import onnxruntime
import pandas as pd
import skops.io
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.exceptions import InconsistentVersionWarning

from tools.models.conversion import Converted, Request
from tools.models.readers import generated, program, sklearn_columns
from tools.models.reading import ABS, REL, Column, Refused, Table, rows_of

Array = np.ndarray[Any, Any]

# Libraries with file formats of their own.
_ADVICE = {
    "xgboost": "write it with model.save_model('model.ubj') and give that file",
    "lightgbm": "write it with model.booster_.save_model('model.txt') and give that file",
    "catboost": "write it with model.save_model('model.cbm') and give that file",
}

# The first one with scikit-learn's results is taken: it computes in 64 bits, which ONNX does not always support.
_NUMBERS = (("float64", DoubleTensorType), ("float32", FloatTensorType))


def convert(request: Request) -> Converted:
    model, notes = _loaded(request.model, request.suffix)
    columns, marks = sklearn_columns.of(model)
    rows = rows_of(request.samples, columns) or generated.rows(columns, marks)
    # Texts cannot be missing in ONNX. Numbers can, if scikit-learn accepts that and ONNX gives the same results.
    _complete(columns, rows, ("text", "category"))
    try:
        element, found, answers = _held(model, columns, rows)
    except (ValueError, Refused):
        if not any(value is None for row in rows for value in row):
            raise
        _complete(columns, rows, ("number",))
        element, found, answers = _held(model, columns, rows)
    is_many = answers.ndim == 2
    table = Table(
        runtime="onnxruntime",
        summary=f"scikit-learn, {_name(model)}",
        columns=columns,
        is_named=hasattr(model, "feature_names_in_"),
        gets="probabilities" if is_classifier(model) else "values" if is_many else "value",
        width=answers.shape[1] if is_many else 1,
        labels=[str(label) for label in model.classes_] if is_classifier(model) else [],
        element=element,
        is_separate=_is_separate(columns),
        outputs=2 if is_classifier(model) else 1,
        notes=notes,
        rows=rows,
        answers=answers.tolist(),
    )
    return Converted(table, found)


def _is_separate(columns: list[Column]) -> bool:
    """Whether columns need tensors of their own, as texts and numbers cannot share one."""
    return any(column.kind in ("text", "category") for column in columns)


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
    if not isinstance(model, BaseEstimator) or not (is_classifier(model) or is_regressor(model)):
        what = type(model).__name__
        raise Refused(f"a {what} is not taken", "only classifiers and regressors are", "give the file of one of these")
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


def _frame(columns: list[Column], rows: list[list[Any]], *, is_named: bool) -> Any:
    if not is_named:
        return np.array(rows, dtype=float)
    return pd.DataFrame(
        {
            column.name: pd.Series([row[place] for row in rows], dtype=float if column.kind == "number" else object)
            for place, column in enumerate(columns)
        }
    )


def _complete(columns: list[Column], rows: list[list[Any]], kinds: tuple[str, ...]) -> None:
    for place, column in enumerate(columns):
        if column.kind in kinds:
            column.is_optional = False
            for row in rows:
                row[place] = rows[0][place] if row[place] is None else row[place]


def _asked(model: Any, columns: list[Column], rows: list[list[Any]]) -> Array:
    frame = _frame(columns, rows, is_named=hasattr(model, "feature_names_in_"))
    return np.asarray(model.predict_proba(frame) if is_classifier(model) else model.predict(frame))


def _held(model: Any, columns: list[Column], rows: list[list[Any]]) -> tuple[str, bytes, Array]:
    """The type it computes in, the ONNX file, and scikit-learn's results, which ONNX reproduces."""
    wanted, why = _asked(model, columns, rows), ""
    for element, number in _NUMBERS:
        try:
            found = _converted(model, columns, number)
            off = np.abs(_answers(found, columns, rows, element, wanted.shape) - wanted)
        except Exception as error:  # skl2onnx and ONNX Runtime have dozens, and what counts is that it does not work
            why = str(error).strip().splitlines()[0]
            continue
        if (off <= np.maximum(ABS, REL * np.abs(wanted))).all():
            return element, found, wanted
        why = f"the largest difference is {off.max():.3g}"
    raise Refused(
        f"{_name(model)} cannot be turned into ONNX",
        why,
        "see whether skl2onnx supports each step; one of your own needs a converter",
    )


def _converted(model: Any, columns: list[Column], number: Any) -> bytes:
    types: list[tuple[str, Any]] = [("rows", number([None, len(columns)]))]
    if _is_separate(columns):
        types = [
            (column.name, (number if column.kind == "number" else StringTensorType)([None, 1])) for column in columns
        ]
    options = {"zipmap": False} if is_classifier(model) else None
    return bytes(to_onnx(model, initial_types=types, options=options).SerializeToString())


def _answers(
    content: bytes, columns: list[Column], rows: list[list[Any]], element: str, shape: tuple[int, ...]
) -> Array:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    given: dict[str, Any] = {}
    if not _is_separate(columns):
        given[inputs[0].name] = np.array(rows, dtype=element)
    else:
        for wanted, column, values in zip(inputs, columns, zip(*rows, strict=True), strict=True):
            type_ = element if column.kind == "number" else object
            given[wanted.name] = np.array(values, dtype=type_).reshape(-1, 1)
    # A classifier's outputs are the label, then the probabilities.
    return np.asarray(session.run(None, given)[-1]).reshape(shape)


if __name__ == "__main__":
    program.converts(convert)
