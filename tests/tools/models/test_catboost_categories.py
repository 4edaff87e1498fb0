"""A model of CatBoost with categories is asked without CatBoost, and answers what it answered.

catboost_recorded.json is what catboost_random.py --record prints: a model that asks for a category, for every kind of
statistic of one and of several together with numbers and with certain categories; rows; and what CatBoost 1.2.10 said.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from serving.runtimes.catboost import Tables, hashed
from tools.models.readers import catboost_names
from tools.models.readers.catboost_categories import Inputs, Split

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("catboost_recorded.json").read_text())
MODEL = RECORDED["model"]


@pytest.fixture
def inputs() -> Inputs:
    return Inputs(MODEL["features_info"], MODEL["ctr_data"])


def is_larger(number: float, split: Split) -> bool:
    return number > split.border or (split.takes_missing and math.isnan(number))


def sums(inputs: Inputs, rows: list[list[float]]) -> list[float]:
    """Of symmetric trees."""
    scale, [bias] = MODEL["scale_and_bias"]
    found = [0.0] * len(rows)
    for tree in MODEL["oblivious_trees"]:
        splits = [inputs.split(each) for each in tree["splits"]]
        for place, row in enumerate(rows):
            larger = [is_larger(row[split.column], split) for split in splits]
            found[place] += tree["leaf_values"][sum(each << level for level, each in enumerate(larger))]
    return [scale * each + bias for each in found]


def test_the_record_has_every_kind_of_statistic_and_of_combination() -> None:
    features = MODEL["features_info"]
    assert {ctr["ctr_type"] for ctr in features["ctrs"]} == {
        "Borders",
        "Buckets",
        "BinarizedTargetMeanValue",
        "Counter",
    }
    combined = {each["combination_element"] for ctr in features["ctrs"] for each in ctr["elements"]}
    assert combined == {"cat_feature_value", "cat_feature_exact_value", "float_feature"}
    assert any(feature.get("values") for feature in features["categorical_features"])


def test_answers_are_those_of_catboost(inputs: Inputs) -> None:
    rows = Tables(inputs.content()).matrix(RECORDED["rows"]).nested()
    assert sums(inputs, rows) == pytest.approx(RECORDED["answers"], rel=1e-6)


def test_hashes_that_the_model_knows_include_those_of_its_rows(inputs: Inputs) -> None:
    known = inputs.known()
    for place, hashes in known.items():
        assert hashes & {hashed(row[place]) for row in RECORDED["rows"]}
    assert all(-(1 << 31) <= each < 1 << 31 for hashes in known.values() for each in hashes)


def test_hashes_of_a_column_that_stands_with_others_alone_are_found_too() -> None:
    features = MODEL["features_info"]
    alone = [ctr for ctr in features["ctrs"] if len(ctr["elements"]) == 1]
    left_out = alone[0]["elements"][0]["cat_feature_index"]
    rest = [ctr for ctr in features["ctrs"] if ctr not in alone or ctr["elements"][0]["cat_feature_index"] != left_out]
    column = features["categorical_features"][left_out]
    assert not column.get("values")
    known = Inputs({**features, "ctrs": rest}, MODEL["ctr_data"]).known()[column["flat_feature_index"]]
    assert known
    assert known == Inputs(features, MODEL["ctr_data"]).known()[column["flat_feature_index"]]


def test_made_up_texts_are_taken_for_what_the_model_knows() -> None:
    hashes = {hashed("basic"), hashed("größe"), 0, -1, 2**31 - 1, -(2**31)}
    texts = catboost_names.made_up(hashes, 1)
    assert {hashed(text) for text in texts} == hashes
    assert all(text.endswith("-made-up") and text.isascii() for text in texts)


def test_names_are_found_where_samples_or_many_models_have_them() -> None:
    hashes = {hashed(each) for each in ("basic", 12, "yes", "gold")}
    assert catboost_names.of(hashes, ["gold", "silver", "gold"]) == ["gold", "yes", 12]
