"""The columns of a CatBoost model, and rows to ask it: of the samples, or made from what it knows of them."""

from __future__ import annotations

from typing import Any

import msgspec

from tools.models.readers import catboost_categories, catboost_names, generated
from tools.models.reading import Column, rows_of

_LARGEST = 3e38
_MADE_UP = (
    "the file contains hashes of categories, not their names: the events use made-up texts with the same hashes; "
    "--samples FILE.csv gives real names"
)


def asked(model: Any, content: dict[str, Any], samples: Any) -> tuple[list[Column], list[list[Any]], list[str]]:
    """`content` is the model as JSON. The last is what whoever makes the folder should know."""
    columns = [Column(name) for name in model.feature_names_]
    places = model.get_cat_feature_indices()
    for place in places:
        columns[place].kind, columns[place].is_optional = "open", False
    given = rows_of(samples, columns)
    inputs = catboost_categories.Inputs(content["features_info"], content.get("ctr_data") or {})
    hashes = inputs.known()
    for place in places:
        columns[place].categories = catboost_names.of(hashes[place], (row[place] for row in given))
    if given:
        return columns, given, []
    choices = {
        place: columns[place].categories
        or catboost_names.made_up(hashes[place], len(places))
        or [catboost_names.UNSEEN]
        for place in places
    }
    is_made_up = any(hashes[place] and not columns[place].categories for place in places)
    return columns, _rows(columns, choices, _marks(content, len(columns))), [_MADE_UP] * is_made_up


def _rows(columns: list[Column], choices: dict[int, Any], marks: list[list[float]]) -> list[list[Any]]:
    """What would be missing of a category is one that was never seen."""
    chosen = [msgspec.structs.replace(each, categories=choices.get(place, [])) for place, each in enumerate(columns)]
    return [
        [catboost_names.UNSEEN if value is None and place in choices else value for place, value in enumerate(row)]
        for row in generated.rows(chosen, marks)
    ]


def _marks(content: dict[str, Any], count: int) -> list[list[float]]:
    marks: list[list[float]] = [[] for _ in range(count)]
    for feature in catboost_categories.floats(content["features_info"]):
        # Below the least number there is only what is missing.
        marks[feature["flat_feature_index"]] = [each for each in feature["borders"] or [] if abs(each) < _LARGEST]
    return marks
