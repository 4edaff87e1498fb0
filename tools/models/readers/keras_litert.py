"""Writes a TensorFlow model as LiteRT, with inputs and outputs in the order of the file."""

from __future__ import annotations

import tempfile
from typing import Any, NamedTuple

import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from tools.models.readers.calls import Array
from tools.models.readers.keras_files import Model, said
from tools.models.reading import Port, Refused
from tools.models.writing.source import identifiers

_ELEMENTS = ("float32", "float64", "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
_FLEX, _SIGNATURE = "Flex", "serving_default"
_OTHERWISE = "turn it into .onnx with tf2onnx"


class Made(NamedTuple):
    model: Model
    content: bytes
    inputs: list[Port]
    outputs: list[Port]
    # Their positions in the model.
    order: tuple[list[int], list[int]]
    notes: list[str]

    def ask(self, arrays: list[Array]) -> list[Array]:
        by_place = dict(zip(self.order[0], arrays, strict=True))
        given = [tf.cast(tf.constant(by_place[place]), spec.dtype) for place, spec in enumerate(self.model.inputs)]
        found = self.model.run(given)
        return [found[place].numpy() for place in self.order[1]]


def converted(model: Model) -> Made:
    """With an open batch if possible; a loop over steps, as in an LSTM, allows only a batch of one."""
    refused = None
    is_open = all(spec.shape.rank and spec.shape[0] is None for spec in model.inputs)
    for batch in (None, 1) if is_open else (None,):
        specs = [_of_batch(spec, batch) for spec in model.inputs]
        function = _function(model, specs)
        try:
            content = _written(function, model if specs == model.inputs else model._replace(source=None))
        except Exception as error:  # each of its steps has its own
            refused = refused or error
            continue
        notes = ["LiteRT repeats steps for one at a time only: a request has a batch of 1"] * (batch == 1)
        return _made(model, specs, function, content, notes)
    assert refused
    raise _unfit(function, model._replace(source=None), refused)


def _of_batch(spec: Any, batch: int | None) -> Any:
    return tf.TensorSpec([batch, *spec.shape[1:]], spec.dtype, spec.name) if batch else spec


def _function(model: Model, specs: list[Any]) -> Any:
    """The model as a function, with names that TensorFlow allows, which may not be those of the file."""
    names = identifiers(model.outputs)
    given = [
        tf.TensorSpec(spec.shape, spec.dtype, name)
        for spec, name in zip(specs, identifiers([spec.name for spec in specs]), strict=True)
    ]

    def run(*tensors: Any) -> dict[str, Any]:
        return dict(zip(names, model.run(list(tensors)), strict=True))

    try:
        function = tf.function(run, input_signature=given, autograph=False).get_concrete_function()
    except Exception as error:  # whatever the model raises
        raise Refused("TensorFlow cannot compute with the model", said(error), "mend it, and write it again") from None
    for spec in specs:
        _check(spec.name, spec, "takes")
    for called, name in zip(model.outputs, names, strict=True):
        _check(called, function.structured_outputs[name], "gives")
    return function


def _check(name: str, tensor: Any, side: str) -> None:
    element = tensor.dtype.name
    if element not in _ELEMENTS:
        raise Refused(
            f"the model {side} {name}, which is {'text' if element == 'string' else element}, and LiteRT has none",
            f"it has {', '.join(_ELEMENTS)}",
            "write the network without it: what makes numbers of texts belongs to whoever asks",
        )
    if tensor.shape.rank is None:
        then = "write it with a signature whose tensors have sizes, of which each may be open"
        raise Refused(f"how many sizes {name} has is not in the file", "", then)


def _written(function: Any, model: Model, *, borrows: bool = False) -> bytes:
    """Convert by way of a folder: given the function itself, the converter leaves Keras' variables empty."""
    with tempfile.TemporaryDirectory() as folder:
        source, signature = model.source or (folder, _SIGNATURE)
        if not model.source:
            tf.saved_model.save(model.owner, folder, signatures=function)
        converter = tf.lite.TFLiteConverter.from_saved_model(source, signature_keys=[signature])
        if borrows:
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
            converter.allow_custom_ops = True
        return bytes(converter.convert())


def _unfit(function: Any, model: Model, error: Exception) -> Refused:
    """The refusal, with the TensorFlow operations that LiteRT lacks."""
    try:
        content = _written(function, model, borrows=True)
    except Exception:  # the first one has said it
        return Refused("TensorFlow cannot write the model as LiteRT", said(error), f"{_OTHERWISE} and give that file")
    codes = schema.ModelT.InitFromPackedBuf(content, 0).operatorCodes
    names = sorted({code.customCode.decode().removeprefix(_FLEX) for code in codes if code.customCode})
    then = f"write the network without, or {_OTHERWISE} and give that file"
    return Refused(f"LiteRT has no {', '.join(names)}", "the model computes with that", then)


def _made(model: Model, specs: list[Any], function: Any, content: bytes, notes: list[str]) -> Made:
    file = schema.ModelT.InitFromPackedBuf(content, 0)
    if any(tensor.isVariable for graph in file.subgraphs for tensor in graph.tensors):
        raise Refused(
            "the model keeps a state between steps, which LiteRT cannot load",
            "an LSTM of Keras 2 does so in a SavedModel",
            "write model.save('net.h5') and give that file",
        )
    [signature] = file.signatureDefs
    graph = file.subgraphs[signature.subgraphIndex]
    order = (
        _places(graph.inputs, signature.inputs, [spec.name for spec in specs]),
        _places(graph.outputs, signature.outputs, model.outputs),
    )
    outputs = [function.structured_outputs[name] for name in identifiers(model.outputs)]
    return Made(
        model,
        content,
        [_port(specs[place].name, specs[place]) for place in order[0]],
        [_port(model.outputs[place], outputs[place]) for place in order[1]],
        order,
        notes,
    )


def _places(tensors: list[int], named: list[Any], names: list[str]) -> list[int]:
    """The runtime orders tensors as the graph does, which is not the order of the signature's names."""
    by_tensor: dict[int, list[str]] = {}
    for each in named:
        by_tensor.setdefault(each.tensorIndex, []).append(each.name.decode())
    # A SavedModel's own names, or the identifiers made from them to write one.
    places = {name: place for called in (identifiers(names), names) for place, name in enumerate(called)}
    return [places[by_tensor[tensor].pop(0)] for tensor in tensors]


def _port(name: str, tensor: Any) -> Port:
    sizes = [f"size {place}" if size is None else size for place, size in enumerate(tensor.shape)]
    return Port(name, tensor.dtype.name, sizes)
