"""Writes CatBoost's trees as ONNX, from a model in CatBoost's JSON format.

CatBoost's own exporter supports only symmetric trees and no booleans as classes, writes models with several outputs
that ONNX Runtime cannot load, and gives classes that are not exclusive probabilities that add up to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from serving.runtimes.catboost import FILE
from tools.models.readers.catboost_categories import Inputs, Split

# What is applied to the sums of the leaves.
Then = Literal["", "Sigmoid", "Softmax", "Exp", "variance"]

_OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
_INNER, _LEAF = "BRANCH_GT", "LEAF"


class Node(NamedTuple):
    """A split with its two successors, or a leaf with a number for each output."""

    split: Split | None = None
    larger: int = 0
    other: int = 0
    values: tuple[float, ...] = ()


def write(model: dict[str, Any], then: Then, to: Path) -> None:
    """Write `model`, parsed from JSON. The tables of a model with categories go into a file beside it."""
    scale, bias = model["scale_and_bias"]
    outputs, inputs = len(bias), Inputs(model["features_info"], model.get("ctr_data") or {})
    trees = _regressor([_nodes(tree, inputs.split, outputs) for tree in _trees(model)], scale, bias)
    steps = [helper.make_node("Cast", ["rows"], ["wide"], to=TensorProto.DOUBLE), trees, *_then(then)]
    graph = helper.make_graph(
        steps,
        "catboost",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, inputs.width])],
        [helper.make_tensor_value_info("predictions", TensorProto.FLOAT, [None, outputs])],
    )
    made = helper.make_model(graph, opset_imports=_OPSETS, ir_version=8)
    onnx.checker.check_model(made)
    to.parent.mkdir(exist_ok=True)
    onnx.save(made, to)
    if model["features_info"].get("categorical_features"):
        to.with_name(FILE).write_bytes(inputs.content())


def _trees(model: dict[str, Any]) -> list[Any]:
    found: list[Any] = model.get("oblivious_trees") or model["trees"]
    return found


def _nodes(tree: Any, split: Callable[[Any], Split], outputs: int) -> list[Node]:
    if "leaf_values" in tree:
        return _symmetric([split(each) for each in tree["splits"] or ()], tree["leaf_values"], outputs)
    return _grown(tree, split)


def _symmetric(splits: list[Split], values: list[float], outputs: int) -> list[Node]:
    """One split per level. The index of a leaf has one bit for each, the first split's being the lowest."""
    levels, inner = splits[::-1], 2 ** len(splits) - 1
    nodes = [
        Node(levels[(place + 1).bit_length() - 1], larger=2 * place + 2, other=2 * place + 1) for place in range(inner)
    ]
    leaves = (values[start : start + outputs] for start in range(0, len(values), outputs))
    return [*nodes, *(Node(values=tuple(leaf)) for leaf in leaves)]


def _grown(tree: dict[str, Any], split: Callable[[Any], Split]) -> list[Node]:
    """Without recursion, as such a tree may be deep."""
    nodes: list[Node] = []
    waiting: list[tuple[dict[str, Any], int, bool]] = [(tree, -1, False)]
    while waiting:
        found, above, is_larger = waiting.pop()
        place = len(nodes)
        if above >= 0:
            nodes[above] = nodes[above]._replace(larger=place) if is_larger else nodes[above]._replace(other=place)
        if "split" not in found:
            value = found["value"]
            nodes.append(Node(values=tuple(value) if isinstance(value, list) else (value,)))
            continue
        nodes.append(Node(split(found["split"])))
        waiting += [(found["right"], place, True), (found["left"], place, False)]
    return nodes


def _regressor(trees: list[list[Node]], scale: float, bias: list[float]) -> Any:
    """In 64 bits, as CatBoost adds up."""
    every = [(tree, place, node) for tree, nodes in enumerate(trees) for place, node in enumerate(nodes)]
    splits = [node.split or Split(0, 0.0, takes_missing=False) for _, _, node in every]
    weights = list(_weights(trees, scale))
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["wide"],
        ["sums"],
        domain="ai.onnx.ml",
        n_targets=len(bias),
        base_values_as_tensor=_numbers(bias),
        nodes_treeids=[tree for tree, _, _ in every],
        nodes_nodeids=[place for _, place, _ in every],
        nodes_modes=[_INNER if node.split else _LEAF for _, _, node in every],
        nodes_featureids=[split.column for split in splits],
        nodes_values_as_tensor=_numbers([split.border for split in splits]),
        nodes_missing_value_tracks_true=[int(split.takes_missing) for split in splits],
        nodes_truenodeids=[node.larger for _, _, node in every],
        nodes_falsenodeids=[node.other for _, _, node in every],
        target_treeids=[tree for tree, _, _, _ in weights],
        target_nodeids=[place for _, place, _, _ in weights],
        target_ids=[output for _, _, output, _ in weights],
        target_weights_as_tensor=_numbers([weight for _, _, _, weight in weights]),
    )


def _weights(trees: list[list[Node]], scale: float) -> Iterator[tuple[int, int, int, float]]:
    for tree, nodes in enumerate(trees):
        for place, node in enumerate(nodes):
            for output, value in enumerate(node.values):
                yield tree, place, output, value * scale


def _numbers(found: list[float]) -> Any:
    return numpy_helper.from_array(np.array(found, dtype=np.float64))


def _then(then: Then) -> list[Any]:
    if then == "variance":
        # The second of two outputs is half the logarithm of the variance.
        two = [
            helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))
            for name, value in (("twice", np.array([1, 2], np.float32)), ("first", np.array([True, False])))
        ]
        steps = [("Mul", ["sums", "twice"], "scaled"), ("Exp", ["scaled"], "raised")]
        steps.append(("Where", ["first", "sums", "raised"], "predictions"))
        return two + [helper.make_node(name, given, [made]) for name, given, made in steps]
    return [helper.make_node(then or "Identity", ["sums"], ["predictions"])]
