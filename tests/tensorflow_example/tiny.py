"""Very small `.tflite` classifiers, written out by hand: which of red, green and blue a picture has most of.

mean over the picture → a matrix of 3 columns, a row a class → perhaps softmax. Whoever knows the numbers can say
what must come out.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from ai_edge_litert import schema_py_generated as schema

Kind = Literal["float32", "uint8", "int8"]
SIDE = 6

_TYPES = {"float32": 0, "uint8": 3, "int8": 9}  # of the file format, which counts otherwise than LiteRT
_MEAN, _FULLY_CONNECTED, _SOFTMAX = 40, 9, 25


class _Parts:
    def __init__(self) -> None:
        self.buffers: list[Any] = [schema.BufferT()]
        self.tensors: list[Any] = []

    def tensor(
        self, shape: Sequence[int], kind: int, content: Any = None, scale: float = 0.0, zero_point: int = 0
    ) -> int:
        made = schema.TensorT()
        made.shape, made.type, made.buffer = list(shape), kind, 0
        if scale:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = [scale], [zero_point]
        if content is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(content.tobytes(), np.uint8)
            self.buffers.append(buffer)
            made.buffer = len(self.buffers) - 1
        self.tensors.append(made)
        return len(self.tensors) - 1


def _operator(code: int, inputs: Sequence[int], output: int, kind: int, options: Any) -> Any:
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = code, list(inputs), [output]
    made.builtinOptionsType, made.builtinOptions = kind, options
    return made


def _weights(parts: _Parts, kind: Kind, rows: Sequence[Sequence[float]], input_scale: float) -> tuple[int, int]:
    """And the bias, which is nothing."""
    matrix = np.array(rows, np.float64)
    if kind == "float32":
        weights = parts.tensor(matrix.shape, _TYPES[kind], matrix.astype(np.float32))
        return weights, parts.tensor([len(rows)], _TYPES[kind], np.zeros(len(rows), np.float32))
    step, middle = float(np.abs(matrix).max()) / 127, 128 if kind == "uint8" else 0
    stored = (np.rint(matrix / step) + middle).astype(kind)
    weights = parts.tensor(matrix.shape, _TYPES[kind], stored, step, middle)
    return weights, parts.tensor([len(rows)], 2, np.zeros(len(rows), np.int32), step * input_scale, 0)


def _quantisations(kind: Kind, input_scale: float, input_zero_point: int | None) -> list[dict[str, Any]]:
    """Of the input, the logits and the probabilities; nothing for real numbers."""
    if kind == "float32":
        return [{}, {}, {}]
    middle, lowest = (128, 0) if kind == "uint8" else (0, -128)
    zero_point = middle if input_zero_point is None else input_zero_point
    pairs = ((input_scale, zero_point), (1 / 16, middle), (1 / 256, lowest))
    return [{"scale": scale, "zero_point": zero_point} for scale, zero_point in pairs]


def write(
    to: Path,
    kind: Kind = "float32",
    *,
    rows: Sequence[Sequence[float]] = ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    softmax: bool = True,
    shape: Sequence[int] = (1, SIDE, SIDE, 3),
    input_scale: float = 1 / 127.5,
    input_zero_point: int | None = None,
) -> Path:
    """A model whose probabilities are softmax(rows x mean colour), the colours being from -1 to 1."""
    parts, type_ = _Parts(), _TYPES[kind]
    of_input, of_logits, of_output = _quantisations(kind, input_scale, input_zero_point)

    given = parts.tensor(shape, type_, **of_input)
    axes = parts.tensor([2], 2, np.array([1, 2], np.int32))
    mean = parts.tensor([shape[0], shape[-1]], type_, **of_input)
    weights, bias = _weights(parts, kind, rows, input_scale)
    logits = parts.tensor([shape[0], len(rows)], type_, **of_logits)

    reducing = schema.ReducerOptionsT()
    reducing.keepDims = False
    beta = schema.SoftmaxOptionsT()
    beta.beta = 1.0
    options = schema.BuiltinOptions
    operators = [
        _operator(0, [given, axes], mean, options.ReducerOptions, reducing),
        _operator(1, [mean, weights, bias], logits, options.FullyConnectedOptions, schema.FullyConnectedOptionsT()),
    ]
    last = logits
    if softmax:
        last = parts.tensor([shape[0], len(rows)], type_, **of_output)
        operators.append(_operator(2, [logits], last, options.SoftmaxOptions, beta))

    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = parts.tensors, [given], [last], operators
    to.write_bytes(_packed(graph, parts))
    return to


def _packed(graph: Any, parts: _Parts) -> bytes:
    model = schema.ModelT()
    model.version, model.subgraphs, model.buffers = 3, [graph], parts.buffers
    model.operatorCodes = []
    for code, version in ((_MEAN, 2), (_FULLY_CONNECTED, 4), (_SOFTMAX, 2)):
        made = schema.OperatorCodeT()
        made.builtinCode, made.deprecatedBuiltinCode, made.version = code, code, version
        model.operatorCodes.append(made)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
