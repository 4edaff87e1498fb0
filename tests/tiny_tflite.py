"""A very small `.tflite` file with two signatures: `add` and `multiply`, each of two tables of any number of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
from ai_edge_litert import schema_py_generated as schema

WIDTH = 3
_FLOAT32 = 0
_CODES = {"add": 0, "multiply": 18}


def write(to: Path) -> Path:
    model = schema.ModelT()
    model.version, model.buffers = 3, [schema.BufferT()]
    model.operatorCodes, model.subgraphs, model.signatureDefs = [], [], []
    for place, (name, code) in enumerate(_CODES.items()):
        operator = schema.OperatorCodeT()
        operator.builtinCode, operator.deprecatedBuiltinCode, operator.version = code, code, 1
        model.operatorCodes.append(operator)
        model.subgraphs.append(_graph(place, name))
        model.signatureDefs.append(_signature(place, name))
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    to.write_bytes(bytes(builder.Output()))
    return to


def _graph(operator: int, name: str) -> Any:
    made = schema.SubGraphT()
    made.tensors = [_tensor(f"{name}_{each}") for each in ("a", "b", "result")]
    made.inputs, made.outputs, made.operators = [0, 1], [2], [schema.OperatorT()]
    [step] = made.operators
    step.opcodeIndex, step.inputs, step.outputs = operator, [0, 1], [2]
    step.builtinOptionsType = schema.BuiltinOptions.AddOptions if name == "add" else schema.BuiltinOptions.MulOptions
    step.builtinOptions = schema.AddOptionsT() if name == "add" else schema.MulOptionsT()
    return made


def _tensor(name: str) -> Any:
    made = schema.TensorT()
    made.name, made.type, made.buffer = name, _FLOAT32, 0
    made.shape, made.shapeSignature, made.hasRank = [1, WIDTH], [-1, WIDTH], True
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
