"""Makes the tables that serving.runtimes.catboost looks categories up in.

CatBoost's JSON holds counts of the training data by hash, and CatBoost computes statistics from them for each row. They
are the same for every row, so they are computed here, once, and in 32 bits as CatBoost does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any, NamedTuple

import msgspec
import numpy as np

from serving.runtimes.catboost import By, Described, Head, Larger, Same, combined

Output = tuple[dict[int, float], float]
_EMPTY, _BOUND = (1 << 64) - 1, 1 << 31
# The most keys of a table, and combinations of other parts, that `known` tries.
_MOST = 300


class Split(NamedTuple):
    """A split of a tree: whether one of its inputs is above a border."""

    column: int
    border: float
    # Whether a missing value counts as above.
    takes_missing: bool


class Inputs:
    """The inputs of the trees: a row's numbers, then the outputs of the tables."""

    def __init__(self, features: dict[str, Any], statistics: dict[str, Any]) -> None:
        self._floats, self._categories = floats(features), features.get("categorical_features") or []
        self._places = {each["feature_index"]: place for place, each in enumerate(self._floats)}
        self._tables: dict[By, list[Output]] = {}
        # Which output of which table tests for a category (by column and hash), or is a statistic (by its position).
        self._certain: dict[tuple[int, int], tuple[By, int]] = {}
        self._statistics = [self._added(*_statistic(each, statistics, self._by(each))) for each in _ctrs(features)]
        for feature in self._categories:
            by = By((feature["flat_feature_index"],))
            for value in feature.get("values") or ():
                found = self._added(by, ({combined([value]): 1.0}, 0.0))
                self._certain[feature["feature_index"], value] = found
        self._of_split = list(self._numbered(features))

    def _added(self, by: By, output: Output) -> tuple[By, int]:
        outputs = self._tables.setdefault(by, [])
        outputs.append(output)
        return by, len(outputs) - 1

    def _by(self, ctr: dict[str, Any]) -> By:
        """The key of a statistic. CatBoost combines categories first, then numbers, then tests for one category."""
        flat = {each["feature_index"]: each["flat_feature_index"] for each in self._categories}
        categories, larger, same = [], [], []
        for element in ctr["elements"]:
            match element["combination_element"]:
                case "cat_feature_value":
                    categories.append(flat[element["cat_feature_index"]])
                case "float_feature":
                    feature = self._floats[self._places[element["float_feature_index"]]]
                    place = feature["flat_feature_index"]
                    larger.append(Larger(place, element["border"], takes_missing=_takes_missing(feature)))
                case _:
                    same.append(Same(flat[element["cat_feature_index"]], element["value"]))
        return By(tuple(categories), tuple(larger), tuple(same))

    def _numbered(self, features: dict[str, Any]) -> Iterator[int]:
        """For each split the position of its statistic, or -1. CatBoost gives a split on a statistic only by number."""
        for feature in self._floats:
            yield from [-1] * len(feature["borders"] or ())
        for feature in self._categories:
            yield from [-1] * len(feature.get("values") or ())
        for place, ctr in enumerate(_ctrs(features)):
            yield from [place] * len(ctr["borders"])

    @property
    def numbers(self) -> list[int]:
        return [each["flat_feature_index"] for each in self._floats]

    @property
    def width(self) -> int:
        return max(1, len(self._floats) + sum(map(len, self._tables.values())))

    def split(self, found: dict[str, Any]) -> Split:
        match found["split_type"]:
            case "FloatFeature":
                place = self._places[found["float_feature_index"]]
                return Split(place, found["border"], _takes_missing(self._floats[place]))
            case "OneHotFeature":
                at = self._place(*self._certain[found["cat_feature_index"], found["value"]])
                return Split(at, 0.5, takes_missing=False)
            case _:
                at = self._place(*self._statistics[self._of_split[found["split_index"]]])
                return Split(at, found["border"], takes_missing=False)

    def _place(self, by: By, output: int) -> int:
        tables = list(self._tables)
        before = sum(len(self._tables[each]) for each in tables[: tables.index(by)])
        return len(self._floats) + before + output

    def known(self) -> dict[int, set[int]]:
        """The hashes that tables know, by column: from a table for it alone, or else for it and known columns."""
        found: dict[int, set[int]] = {each["flat_feature_index"]: set() for each in self._categories}
        for by in sorted(self._tables, key=_length):
            unknown = [place for place in by.categories if _length(by) == 1 or not found[place]]
            if len(unknown) == 1:
                keys = {key for known, _ in self._tables[by] for key in known}
                found[unknown[0]] |= _unwound(by, keys, unknown[0], found)
        return found

    def content(self) -> bytes:
        described, arrays = [], []
        for by, outputs in self._tables.items():
            keys = sorted({key for known, _ in outputs for key in known})
            described.append(Described(by, len(keys), [float(unseen) for _, unseen in outputs]))
            arrays.append(np.array(keys, "<u8").tobytes())
            arrays += [np.array([known.get(key, unseen) for key in keys], "<f4").tobytes() for known, unseen in outputs]
        return msgspec.json.encode(Head(self.numbers, described)) + b"\n" + b"".join(arrays)


def floats(features: dict[str, Any]) -> list[dict[str, Any]]:
    return features.get("float_features") or []


def _length(by: By) -> int:
    return len(by.categories) + len(by.larger) + len(by.same)


def _unwound(by: By, keys: set[int], column: int, known: dict[int, set[int]]) -> set[int]:
    """The column's hashes in the keys. A key is a sum of its parts, each times its own factor, so it can be solved."""
    at = by.categories.index(column)
    parts = [sorted(known[each])[:_MOST] for each in by.categories] + [[0, 1]] * (_length(by) - len(by.categories))
    parts[at] = [0]
    rests = [combined(each) for each in islice(product(*parts), _MOST)]
    back = pow(combined([int(place == at) for place in range(len(parts))]), -1, 1 << 64)
    found = (_signed((key - rest) * back) for key in sorted(keys)[:_MOST] for rest in rests)
    return {each for each in found if -_BOUND <= each < _BOUND}


def _signed(number: int) -> int:
    number &= _EMPTY
    return number - (1 << 64) if number >> 63 else number


def _takes_missing(feature: dict[str, Any]) -> bool:
    return bool(feature["nan_value_treatment"] == "AsTrue")


def _ctrs(features: dict[str, Any]) -> list[dict[str, Any]]:
    return features.get("ctrs") or []


def _statistic(ctr: dict[str, Any], statistics: dict[str, Any], by: By) -> tuple[By, Output]:
    table = statistics[ctr["identifier"]]
    cells, stride = table["hash_map"], table["hash_stride"]
    shares = _SHARES[ctr["ctr_type"]]
    known, unseen = {}, _scaled(ctr, 0, table["counter_denominator"] if shares is _counted else 0)
    for at in range(0, len(cells), stride):
        if (key := int(cells[at])) != _EMPTY:
            known[key] = _scaled(ctr, *shares(cells[at + 1 : at + stride], ctr["target_border_idx"], table))
    return by, (known, unseen)


def _scaled(ctr: dict[str, Any], good: float, total: float) -> float:
    of_32 = np.float32
    share = (of_32(good) + of_32(ctr["prior_numerator"])) / (of_32(total) + of_32(ctr["prior_denomerator"]))
    return float((share + of_32(ctr["shift"])) * of_32(ctr["scale"]))


def _above(counts: list[int], border: int, _: Any) -> tuple[int, int]:
    return sum(counts[border + 1 :]), sum(counts)


def _within(counts: list[int], border: int, _: Any) -> tuple[int, int]:
    return counts[border], sum(counts)


def _averaged(sum_and_count: list[float], *_: Any) -> tuple[float, float]:
    total, count = sum_and_count
    return total, count


def _counted(counts: list[int], _: int, table: dict[str, Any]) -> tuple[int, int]:
    return counts[0], table["counter_denominator"]


# For each type of statistic, what is divided by what, from the counts of a category.
_SHARES: dict[str, Callable[[list[Any], int, dict[str, Any]], tuple[float, float]]] = {
    "Borders": _above,
    "Buckets": _within,
    **dict.fromkeys(("BinarizedTargetMeanValue", "FloatTargetMeanValue"), _averaged),
    **dict.fromkeys(("Counter", "FeatureFreq"), _counted),
}
