"""Tiny `.onnx` files, written by hand: the package that writes them is larger than everything else here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ELEMENTS = ["", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16"]
ELEMENTS += ["float64", "uint32", "uint64"]


class Value(NamedTuple):
    """An input or an output. A size is a number, or the name of a size that each call chooses."""

    name: str
    element: str
    sizes: Sequence[int | str]


class Node(NamedTuple):
    operator: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, int] = {}


def write(
    to: Path,
    nodes: Sequence[Node],
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    *,
    weights: Mapping[str, np.ndarray[Any, Any]] | None = None,
    props: Mapping[str, str] | None = None,
) -> Path:
    graph = b"".join(_bytes(1, _node(node)) for node in nodes) + _bytes(2, b"tiny")
    graph += b"".join(_bytes(5, _weights(name, array)) for name, array in (weights or {}).items())
    graph += b"".join(_bytes(11, _value(value)) for value in inputs)
    graph += b"".join(_bytes(12, _value(value)) for value in outputs)
    opset = _bytes(8, _number(2, 16))
    said = b"".join(
        _bytes(14, _bytes(1, key.encode()) + _bytes(2, value.encode())) for key, value in (props or {}).items()
    )
    to.write_bytes(_number(1, 8) + _bytes(7, graph) + opset + said)
    return to


def _node(node: Node) -> bytes:
    named = b"".join(_bytes(1, name.encode()) for name in node.inputs)
    named += b"".join(_bytes(2, name.encode()) for name in node.outputs)
    attributes = b"".join(_bytes(5, _attribute(*pair)) for pair in node.attributes.items())
    return named + _bytes(4, node.operator.encode()) + attributes


def _attribute(name: str, value: int) -> bytes:
    return _bytes(1, name.encode()) + _number(3, value) + _number(20, 2)


def _weights(name: str, array: np.ndarray[Any, Any]) -> bytes:
    sizes = b"".join(_number(1, size) for size in array.shape)
    element = _number(2, ELEMENTS.index(array.dtype.name))
    return sizes + element + _bytes(8, name.encode()) + _bytes(9, array.tobytes())


def _value(value: Value) -> bytes:
    sizes = b"".join(
        _bytes(1, _number(1, size) if isinstance(size, int) else _bytes(2, size.encode())) for size in value.sizes
    )
    tensor = _number(1, ELEMENTS.index(value.element)) + _bytes(2, sizes)
    # A sequence of tensors is no tensor.
    type_ = _bytes(4, _bytes(1, _bytes(1, tensor))) if value.name.startswith("sequence") else _bytes(1, tensor)
    return _bytes(1, value.name.encode()) + _bytes(2, type_)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
