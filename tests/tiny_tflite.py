"""Tiny `.tflite` files: one with two signatures, `add` and `multiply`, each of two tables with any number of rows; a
classifier that says how red, green and blue a picture is; one that returns two numbers unchanged. With real numbers, or
with quantised ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from ai_edge_litert import schema_py_generated as schema

WIDTH, SIDE = 3, 8
_ELEMENTS = {name.lower(): number for name, number in vars(schema.TensorType).items() if name.isupper()}
_CODES = {"add": 0, "multiply": 18, "same": 22, "mean": 40}


class Kept(NamedTuple):
    """How a file stores quantised numbers: q represents (q - zero_point) * scale."""

    element: str = "float32"
    scale: float = 0.0
    zero_point: int = 0


REAL = Kept()


def write(to: Path, given: Kept = REAL, wanted: Kept = REAL) -> Path:
    model = _model("add", "multiply")
    for place, name in enumerate(("add", "multiply")):
        tensors = [_tensor(f"{name}_{each}", given, [-1, WIDTH]) for each in "ab"]
        graph = _graph([*tensors, _tensor(f"{name}_result", wanted, [-1, WIDTH])], [0, 1], [2])
        [step] = graph.operators
        step.opcodeIndex = place
        step.builtinOptionsType = (
            schema.BuiltinOptions.AddOptions if name == "add" else schema.BuiltinOptions.MulOptions
        )
        step.builtinOptions = schema.AddOptionsT() if name == "add" else schema.MulOptionsT()
        model.subgraphs.append(graph)
        model.signatureDefs.append(_signature(place, name))
    return _written(model, to)


def colours(to: Path, given: Kept = REAL, wanted: Kept = REAL, metadata: bytes = b"") -> Path:
    """The mean of each colour, for pictures of 8 x 8."""
    model = _model("mean")
    axes = _tensor("axes", Kept("int32"), [2])
    axes.buffer = 1
    model.buffers.append(_buffer(np.array([1, 2], np.int32).tobytes()))
    tensors = [_tensor("pixels", given, [1, SIDE, SIDE, 3]), axes, _tensor("scores", wanted, [1, 3])]
    graph = _graph(tensors, [0, 1], [2])
    graph.inputs = [0]
    [step] = graph.operators
    step.builtinOptionsType, step.builtinOptions = schema.BuiltinOptions.ReducerOptions, schema.ReducerOptionsT()
    model.subgraphs.append(graph)
    if metadata:
        entry = schema.MetadataT()
        entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers)
        model.metadata = [entry]
        model.buffers.append(_buffer(metadata))
    return _written(model, to)


def same(to: Path, kept: Kept) -> Path:
    model = _model("same")
    graph = _graph([_tensor("given", kept, [2]), _tensor("wanted", kept, [2])], [0], [1])
    [step] = graph.operators
    step.builtinOptionsType, step.builtinOptions = schema.BuiltinOptions.ReshapeOptions, schema.ReshapeOptionsT()
    step.builtinOptions.newShape = [2]
    model.subgraphs.append(graph)
    signature = _signature(0, "same")
    signature.inputs, signature.outputs = [_named("a", 0)], [_named("result", 1)]
    model.signatureDefs.append(signature)
    return _written(model, to)


def _model(*names: str) -> Any:
    model = schema.ModelT()
    model.version, model.buffers = 3, [schema.BufferT()]
    model.operatorCodes, model.subgraphs, model.signatureDefs = [], [], []
    for name in names:
        operator = schema.OperatorCodeT()
        operator.builtinCode = operator.deprecatedBuiltinCode = _CODES[name]
        # Version 2 of these operators supports quantised numbers. `same` has only version 1.
        operator.version = 1 if name == "same" else 2
        model.operatorCodes.append(operator)
    return model


def _written(model: Any, to: Path) -> Path:
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    to.write_bytes(bytes(builder.Output()))
    return to


def _buffer(content: bytes) -> Any:
    made = schema.BufferT()
    made.data = np.frombuffer(content, np.uint8)
    return made


def _graph(tensors: list[Any], given: list[int], wanted: list[int]) -> Any:
    made = schema.SubGraphT()
    made.tensors, made.inputs, made.outputs = tensors, given, wanted
    made.operators = [schema.OperatorT()]
    [step] = made.operators
    step.inputs, step.outputs = given, wanted
    return made


def _tensor(name: str, kept: Kept, sizes: list[int]) -> Any:
    made = schema.TensorT()
    made.name, made.type, made.buffer, made.hasRank = name, _ELEMENTS[kept.element], 0, True
    made.shape, made.shapeSignature = [abs(size) for size in sizes], sizes
    if kept.scale:
        made.quantization = schema.QuantizationParametersT()
        made.quantization.scale, made.quantization.zeroPoint = [kept.scale], [kept.zero_point]
    return made


def _signature(graph: int, name: str) -> Any:
    made = schema.SignatureDefT()
    made.signatureKey, made.subgraphIndex = name, graph
    made.inputs, made.outputs = [_named("a", 0), _named("b", 1)], [_named("result", 2)]
    return made


def _named(name: str, tensor: int) -> Any:
    made = schema.TensorMapT()
    made.name, made.tensorIndex = name, tensor
    return made
