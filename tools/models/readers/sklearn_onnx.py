"""Makes ONNX of a fitted scikit-learn model, and gets the results of both for some rows."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common import tree_ensemble
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.base import BaseEstimator, is_classifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer

from tools.models.readers import sklearn_texts
from tools.models.reading import ABS, MISSING_TEXT, REL, Column, Refused

Array = np.ndarray[Any, Any]

# The first one with scikit-learn's results is taken: it computes in 64 bits, which ONNX does not always support.
_NUMBERS = (("float64", DoubleTensorType), ("float32", FloatTensorType))

# What a step has that is not fitted, such as the template of one that is.
_NONE = np.array(0)

_add_node = tree_ensemble.add_node


def _add_whole(*given: Any, **named: Any) -> Any:
    """skl2onnx writes where missing values go as a bool, which protobuf 7 refuses in a list of integers."""
    named["nodes_missing_value_tracks_true"] = int(named.get("nodes_missing_value_tracks_true", 0))
    return _add_node(*given, **named)


tree_ensemble.add_node = _add_whole


def is_text(column: Column) -> bool:
    return column.kind == "text" or any(isinstance(category, str) for category in column.categories)


def is_separate(columns: list[Column]) -> bool:
    """Whether columns need tensors of their own, as texts and numbers cannot share one."""
    return any(column.kind in ("text", "category") for column in columns)


def held(model: Any, columns: list[Column], rows: list[list[Any]]) -> tuple[str, bytes, Array]:
    """The type it computes in, the ONNX file, and scikit-learn's results, which ONNX reproduces."""
    wanted, why = asked(model, columns, rows), ""
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
    raise Refused("", why)


def asked(model: Any, columns: list[Column], rows: list[list[Any]]) -> Array:
    given = _given(model, columns, rows)
    return np.asarray(model.predict_proba(given) if is_classifier(model) else model.predict(given))


def _given(model: Any, columns: list[Column], rows: list[list[Any]]) -> Any:
    if sklearn_texts.is_alone(model):
        return [row[0] for row in rows]
    types = [object if is_text(column) else float for column in columns]
    full = zip(*([np.nan if value is None else value for value in row] for row in rows), strict=True)
    named = zip(columns, full, types, strict=True)
    frame = pd.DataFrame({column.name: pd.Series(values, dtype=type_) for column, values, type_ in named})
    return frame if hasattr(model, "feature_names_in_") else frame.to_numpy()


def _converted(model: Any, columns: list[Column], number: Any) -> bytes:
    types: list[tuple[str, Any]] = [("rows", number([None, len(columns)]))]
    if is_separate(columns):
        types = [(column.name, (StringTensorType if is_text(column) else number)([None, 1])) for column in columns]
    model = copy.deepcopy(model)
    options: dict[Any, Any] = {id(model): {"zipmap": False}} if is_classifier(model) else {}
    for step in steps(model):
        _name_missing_texts(step)
        if hasattr(step, "flatten_transform"):
            # Of a vote: it concerns transform() alone, and skl2onnx refuses it.
            step.flatten_transform = False
        if isinstance(step, CountVectorizer):
            options[id(step)] = sklearn_texts.options(step)
    return bytes(to_onnx(model, initial_types=types, options=options or None).SerializeToString())


def steps(model: Any) -> Iterator[BaseEstimator]:
    """The model and all that it consists of."""
    if isinstance(model, BaseEstimator) or hasattr(model, "calibrators"):
        yield model
        for value in vars(model).values():
            yield from steps(value)
    elif isinstance(model, list | tuple):
        for each in model:
            yield from steps(each)


def _name_missing_texts(step: Any) -> None:
    """A missing text has another name in ONNX, which has no missing texts."""
    if isinstance(step, SimpleImputer) and getattr(step, "statistics_", _NONE).dtype.kind in "OUT":
        step.missing_values = MISSING_TEXT
    if any(categories.dtype.kind in "OUT" for categories in getattr(step, "categories_", ())):
        step.categories_ = [
            np.array([MISSING_TEXT if each is None or each != each else each for each in of], dtype=of.dtype)
            for of in step.categories_
        ]


def _answers(
    content: bytes, columns: list[Column], rows: list[list[Any]], element: str, shape: tuple[int, ...]
) -> Array:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    given: dict[str, Any] = {}
    if not is_separate(columns):
        given[inputs[0].name] = np.array(rows, dtype=element)
    else:
        for wanted, column, values in zip(inputs, columns, zip(*rows, strict=True), strict=True):
            type_, missing = (object, MISSING_TEXT) if is_text(column) else (element, np.nan)
            full = [missing if value is None else value for value in values]
            given[wanted.name] = np.array(full, dtype=type_).reshape(-1, 1)
    # A classifier's outputs are the label, then the probabilities.
    return np.asarray(session.run(None, given)[-1]).reshape(shape)
