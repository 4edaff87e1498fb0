"""The fast back end: walks the trees of an XGBoost model in plain Python.

To answer, a boosted model compares a number per level of each tree and adds up the
leaves. That needs neither XGBoost nor NumPy, whose imports take longer than the walk
of thousands of rows.

The structures below are the part of XGBoost's JSON that this walk understands. They
are also the check that there is nothing else in it: a model with another objective,
with categories, with several outputs, does not decode.
"""

import math
from array import array
from typing import Literal

import msgspec

from app.rows import Row

# A leaf's value, or: column, threshold, then the nodes for less, not less and missing.
Node = float | tuple[int, float, "Node", "Node", "Node"]


class _Tree(msgspec.Struct):
    left_children: list[int]
    right_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]
    default_left: list[Literal[0, 1]]
    split_type: list[Literal[0]]  # 1 would be a split by category


class _Trees(msgspec.Struct):
    trees: list[_Tree]


class _Booster(msgspec.Struct):
    name: Literal["gbtree"]
    model: _Trees


class _Objective(msgspec.Struct):
    name: Literal["reg:squarederror"]  # others pass the sum through a function


class _Shape(msgspec.Struct):
    base_score: str
    num_feature: str
    num_target: Literal["1"]


class _Learner(msgspec.Struct):
    gradient_booster: _Booster
    objective: _Objective
    learner_model_param: _Shape


class _File(msgspec.Struct):
    learner: _Learner


class Forest:
    def __init__(self, file: bytes) -> None:
        try:
            learner = msgspec.json.decode(file, type=_File).learner
        except msgspec.ValidationError as error:
            raise ValueError(f"The fast back end cannot read this model ({error}). Set BACKEND=native.") from error
        shape = learner.learner_model_param
        self.width = int(shape.num_feature)
        self._base = float(shape.base_score.strip("[]"))  # "[2.5E1]" since XGBoost 3.1
        self._trees = [_root(tree) for tree in learner.gradient_booster.model.trees]

    def predict(self, rows: list[Row]) -> list[float]:
        return [self._predict(row) for row in rows]

    def _predict(self, row: Row) -> float:
        values = _float32([math.nan if value is None else value for value in row])
        total = self._base
        for node in self._trees:
            while not isinstance(node, float):
                column, threshold, less, not_less, missing = node
                value = values[column]
                # Only NaN differs from itself, and asking costs less than a call.
                node = less if value < threshold else not_less if value == value else missing
            total += node
        return total


def _root(tree: _Tree) -> Node:
    numbers = _float32(tree.split_conditions)

    def node(index: int) -> Node:
        left, right = tree.left_children[index], tree.right_children[index]
        if left < 0:
            return numbers[index]
        less, not_less = node(left), node(right)
        missing = less if tree.default_left[index] else not_less
        return tree.split_indices[index], numbers[index], less, not_less, missing

    return node(0)


def _float32(numbers: list[float]) -> list[float]:
    """Rounded to 32 bits, as XGBoost sees them: in 64, values at a threshold would stray."""
    return array("f", numbers).tolist()
