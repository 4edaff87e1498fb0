"""Very small `.tflite` files: one with two signatures, `add` and `multiply`, each of two tables of any number of rows,
and one that gives back the two numbers that it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
from ai_edge_litert import schema_py_generated as schema

WIDTH = 3
_CODES, _RESHAPE = {"add": 0, "multiply": 18}, 22
ELEMENTS = {name.lower(): number for name, number in vars(schema.TensorType).items() if name.isupper()}


def write(to: Path) -> Path:
    graphs = [_graph(place, name) for place, name in enumerate(_CODES)]
    signatures = [_signature(place, name, ["a", "b"]) for place, name in enumerate(_CODES)]
    return _written(to, list(_CODES.values()), graphs, signatures)


def write_same(to: Path, element: str, quantisation: tuple[float, int] | None = None) -> Path:
    """quantisation: scale and zero point."""
    made = schema.SubGraphT()
    made.tensors = [_tensor(name, ELEMENTS[element], [2], quantisation) for name in ("given", "wanted")]
    made.inputs, made.outputs, made.operators = [0], [1], [_step(0, [0], [1])]
    made.operators[0].builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    made.operators[0].builtinOptions = schema.ReshapeOptionsT()
    made.operators[0].builtinOptions.newShape = [2]
    return _written(to, [_RESHAPE], [made], [_signature(0, "same", ["a"])])


def _written(to: Path, codes: list[int], graphs: list[Any], signatures: list[Any]) -> Path:
    model = schema.ModelT()
    model.version, model.buffers, model.operatorCodes = 3, [schema.BufferT()], []
    model.subgraphs, model.signatureDefs = graphs, signatures
    for code in codes:
        operator = schema.OperatorCodeT()
        operator.builtinCode, operator.deprecatedBuiltinCode, operator.version = code, code, 1
        model.operatorCodes.append(operator)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    to.write_bytes(bytes(builder.Output()))
    return to


def _graph(operator: int, name: str) -> Any:
    made = schema.SubGraphT()
    made.tensors = [_tensor(f"{name}_{each}", ELEMENTS["float32"], [-1, WIDTH]) for each in ("a", "b", "result")]
    made.inputs, made.outputs, made.operators = [0, 1], [2], [_step(operator, [0, 1], [2])]
    [step] = made.operators
    step.builtinOptionsType = schema.BuiltinOptions.AddOptions if name == "add" else schema.BuiltinOptions.MulOptions
    step.builtinOptions = schema.AddOptionsT() if name == "add" else schema.MulOptionsT()
    return made


def _step(operator: int, inputs: list[int], outputs: list[int]) -> Any:
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = operator, inputs, outputs
    return made


def _tensor(name: str, element: int, sizes: list[int], quantisation: tuple[float, int] | None = None) -> Any:
    made = schema.TensorT()
    made.name, made.type, made.buffer, made.hasRank = name, element, 0, True
    made.shape, made.shapeSignature = [max(each, 1) for each in sizes], sizes
    if quantisation:
        made.quantization = schema.QuantizationParametersT()
        made.quantization.scale, made.quantization.zeroPoint = [quantisation[0]], [quantisation[1]]
    return made


def _signature(graph: int, name: str, inputs: list[str]) -> Any:
    made = schema.SignatureDefT()
    made.signatureKey, made.subgraphIndex = name, graph
    made.inputs = [_named(each, place) for place, each in enumerate(inputs)]
    made.outputs = [_named("result", len(inputs))]
    return made


def _named(name: str, tensor: int) -> Any:
    made = schema.TensorMapT()
    made.name, made.tensorIndex = name, tensor
    return made
