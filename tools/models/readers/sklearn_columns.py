"""What a fitted scikit-learn model knows of its columns: names, categories, and ranges of values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from tools.models.reading import Column, Refused

Marks = dict[int, list[float]]


def of(model: Any) -> tuple[list[Column], list[list[float]]]:
    """The columns, and some typical values of each."""
    count = getattr(model, "n_features_in_", None)
    if count is None:
        raise Refused("the model does not say how many columns it takes", "", "fit it again with this scikit-learn")
    names = [str(name) for name in getattr(model, "feature_names_in_", [f"x{place}" for place in range(count)])]
    columns, marks = [Column(name) for name in names], defaultdict[int, list[float]](list)
    for step, places in _steps(model, list(range(count)), names):
        _learn(step, places, columns, marks)
    return columns, [sorted(marks[place]) for place in range(count)]


def _steps(model: Any, places: list[int], names: list[str]) -> Iterator[tuple[Any, list[int]]]:
    """The steps that see the original columns, each with the columns that it sees."""
    if hasattr(model, "steps"):
        for _, step in model.steps:
            if step is None or isinstance(step, str):
                continue
            yield from _steps(step, places, names)
            # The next step sees the output of this one; only some steps leave the columns in place.
            if not _keeps_places(step):
                return
    elif hasattr(model, "transformers_"):
        for _, step, chosen in model.transformers_:
            if not isinstance(step, str):
                yield from _steps(step, _places(chosen, places, names), names)
    else:
        yield model, places


def _keeps_places(step: Any) -> bool:
    return type(step).__name__ == "SimpleImputer"


def _places(chosen: Any, places: list[int], names: list[str]) -> list[int]:
    if isinstance(chosen, slice):
        return places[chosen]
    chosen = [chosen] if isinstance(chosen, str | int) else list(chosen)
    if chosen and isinstance(chosen[0], bool | np.bool_):
        return [place for place, is_chosen in zip(places, chosen, strict=True) if is_chosen]
    return [names.index(each) if isinstance(each, str) else places[each] for each in chosen]


def _learn(step: Any, places: list[int], columns: list[Column], marks: Marks) -> None:
    for place, categories in zip(places, getattr(step, "categories_", ()), strict=False):
        if categories.dtype.kind in "OUT":
            known = [str(category) for category in categories]
            # A step that accepts unknown texts says so.
            is_strict = getattr(step, "handle_unknown", "error") == "error"
            columns[place].kind = "category" if is_strict else "text"
            columns[place].categories = list(known)
        else:
            marks[place] += [float(category) for category in categories]
    if getattr(step, "mean_", None) is not None and getattr(step, "scale_", None) is not None:
        for place, mean, scale in zip(places, step.mean_, step.scale_, strict=False):
            marks[place] += [float(mean - 2 * scale), float(mean), float(mean + 2 * scale)]
    for place, *ends in zip(places, *(getattr(step, name, ()) for name in ("data_min_", "data_max_")), strict=False):
        marks[place] += [float(end) for end in ends]
    thresholds = defaultdict[int, set[float]](set)
    for tree in _trees(step):
        for column, threshold in zip(tree.feature, tree.threshold, strict=True):
            if column >= 0:
                thresholds[places[column]].add(float(threshold))
    for place, found in thresholds.items():
        marks[place] += _between(sorted(found))


def _between(thresholds: list[float]) -> list[float]:
    """Values between thresholds: on a threshold, 32 and 64 bits differ, and scikit-learn uses both."""
    beyond = [thresholds[0] - 1, *thresholds, thresholds[-1] + 1]
    return [(low + high) / 2 for low, high in pairwise(beyond)]


def _trees(step: Any) -> list[Any]:
    if hasattr(step, "tree_"):
        return [step.tree_]
    found = np.ravel(getattr(step, "estimators_", []))
    return [each.tree_ for each in found if hasattr(each, "tree_")]
