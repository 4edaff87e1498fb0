"""What a fitted scikit-learn model knows of its columns: names, categories, and ranges of values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import FunctionTransformer

from tools.models.readers import sklearn_texts
from tools.models.reading import Column, Refused

Marks = dict[int, list[float]]
# For each column that a step sees, its place among the model's; None if it was computed from those.
Places = list[int | None]


def of(model: Any) -> tuple[list[Column], list[list[float]]]:
    """The columns, and some typical values of each."""
    if sklearn_texts.is_alone(model):
        return [Column("text", "text", sklearn_texts.examples(model.steps[0][1]))], [[]]
    count = getattr(model, "n_features_in_", None)
    if count is None:
        raise Refused("the model does not say how many columns it takes", "", "fit it again with this scikit-learn")
    names = [str(name) for name in getattr(model, "feature_names_in_", [f"x{place}" for place in range(count)])]
    columns, marks = [Column(name) for name in names], defaultdict[int, list[float]](list)
    for step, places in _steps(model, list(range(count)), names):
        _learn(step, places, columns, marks)
    return columns, [sorted(marks[place]) for place in range(count)]


def _steps(model: Any, places: Places, names: list[str]) -> Iterator[tuple[Any, Places]]:
    """The steps that see the original columns, each with the columns that it sees."""
    if hasattr(model, "steps"):
        for _, step in model.steps:
            if step is None or isinstance(step, str):
                continue
            yield from _steps(step, places, names)
            places = _after(step, places, names)
    elif hasattr(model, "transformers_"):
        for _, step, chosen in model.transformers_:
            if not isinstance(step, str):
                yield from _steps(step, _places(chosen, places, names), names)
    elif inner := _inner(model):
        for each in inner:
            yield from _steps(each, places, names)
    else:
        yield model, places


def _inner(model: Any) -> list[Any]:
    """The models that another one, such as a vote or a calibration, gives its own columns to."""
    if hasattr(model, "calibrated_classifiers_"):
        return [each.estimator for each in model.calibrated_classifiers_]
    if hasattr(model, "regressor_"):
        return [model.regressor_]
    if hasattr(model, "transformer_list"):
        return [step for _, step in model.transformer_list if isinstance(step, BaseEstimator)]
    found = getattr(model, "estimators_", [])
    # Those of a forest are its trees, and of bagging they see some columns only.
    is_plain = isinstance(found, list) and not hasattr(model, "estimators_features_")
    return (
        [each for each in found if isinstance(each, BaseEstimator) and not hasattr(each, "tree_")] if is_plain else []
    )


def _after(step: Any, places: Places, names: list[str]) -> Places:
    """The columns as the next step sees them: most steps compute new ones."""
    if isinstance(step, SimpleImputer):
        return [] if step.add_indicator else places
    if isinstance(step, FunctionTransformer):
        return [] if step.func else places
    if hasattr(step, "steps"):
        for _, each in step.steps:
            places = places if each is None or isinstance(each, str) else _after(each, places, names)
        return places
    if not hasattr(step, "transformers_"):
        return []
    ends = [part.stop for part in step.output_indices_.values()]
    found: Places = [None] * max(ends, default=0)
    for name, each, chosen in step.transformers_:
        kept = [] if isinstance(each, str) else _after(each, _places(chosen, places, names), names)
        part = step.output_indices_[name]
        if len(kept) == part.stop - part.start:
            found[part] = kept
    return found


def _places(chosen: Any, places: Places, names: list[str]) -> Places:
    if isinstance(chosen, slice):
        return places[chosen]
    chosen = [chosen] if isinstance(chosen, str | int) else list(chosen)
    if not places:
        return []
    if chosen and isinstance(chosen[0], bool | np.bool_):
        return [place for place, is_chosen in zip(places, chosen, strict=True) if is_chosen]
    return [names.index(each) if isinstance(each, str) else places[each] for each in chosen]


def _learn(step: Any, places: Places, columns: list[Column], marks: Marks) -> None:
    for place, categories in zip(places, getattr(step, "categories_", ()), strict=False):
        if place is not None:
            # A step that accepts unknown values says so.
            is_strict = getattr(step, "handle_unknown", "error") == "error"
            _learn_categories(columns[place], categories, marks[place], is_strict=is_strict)
    if hasattr(step, "vocabulary_") and places and places[0] is not None:
        columns[places[0]].kind, columns[places[0]].categories = "text", sklearn_texts.examples(step)
    for place, found in _ranges(step, places):
        if place is not None:
            marks[place] += found


def _learn_categories(column: Column, categories: Any, marks: list[float], *, is_strict: bool) -> None:
    known = [each for each in categories.tolist() if each is not None and each == each]  # NaN is unlike itself
    if categories.dtype.kind in "OUT" and not all(isinstance(each, int | float) for each in known):
        column.kind = "category" if is_strict else "text"
        column.categories = [str(each) for each in known]
    elif all(isinstance(each, bool) for each in known):
        column.kind = "truth"
    elif all(float(each).is_integer() for each in known):
        column.kind = "category" if is_strict else "integer"
        column.categories = [int(each) for each in known] if is_strict else []
        marks += [float(each) for each in known] + [max(known, default=0) + 1.0] * (not is_strict)
    else:
        marks += [float(each) for each in known]


def _ranges(step: Any, places: Places) -> Iterator[tuple[int | None, list[float]]]:
    if getattr(step, "mean_", None) is not None and getattr(step, "scale_", None) is not None:
        for place, mean, scale in zip(places, step.mean_, step.scale_, strict=False):
            yield place, [float(mean - 2 * scale), float(mean), float(mean + 2 * scale)]
    for place, *ends in zip(places, *(getattr(step, name, ()) for name in ("data_min_", "data_max_")), strict=False):
        yield place, [float(end) for end in ends]
    thresholds = defaultdict[int, set[float]](set)
    for column, threshold in _splits(step):
        thresholds[column].add(threshold)
    for column, found in thresholds.items():
        if column < len(places):
            yield places[column], _between(sorted(found))


def _between(thresholds: Sequence[float]) -> list[float]:
    """Values between thresholds: on a threshold, 32 and 64 bits differ, and scikit-learn uses both."""
    beyond = [thresholds[0] - 1, *thresholds, thresholds[-1] + 1]
    return [(low + high) / 2 for low, high in pairwise(beyond)]


def _splits(step: Any) -> Iterator[tuple[int, float]]:
    """The column and the threshold of each split of a tree, a forest or boosted trees."""
    found = [step] if hasattr(step, "tree_") else np.ravel(getattr(step, "estimators_", []))
    for tree in (each.tree_ for each in found if hasattr(each, "tree_")):
        for column, threshold in zip(tree.feature, tree.threshold, strict=True):
            if column >= 0:
                yield int(column), float(threshold)
    # Those that count values first, as HistGradientBoostingClassifier does.
    for nodes in (tree.nodes for trees in getattr(step, "_predictors", ()) for tree in trees):
        for node in nodes[(nodes["is_leaf"] == 0) & np.isfinite(nodes["num_threshold"])]:
            yield int(node["feature_idx"]), float(node["num_threshold"])
