"""A PyTorch model that can be called, and written as ONNX."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils import _pytree as trees

from tools.models.readers.calls import Array
from tools.models.reading import Port, Refused

# ONNX Runtime and all tools around it have supported this opset for years.
_OPSET = 17
# The size limit of protocol buffers.
_MOST_BYTES = 2**31 - 1
_HALVES = (torch.float16, torch.bfloat16)


class Model(NamedTuple):
    name: str
    inputs: list[Port]
    # Computes the outputs, by name.
    run: Callable[[list[torch.Tensor]], dict[str, torch.Tensor]]
    # Writes ONNX, given the names of the outputs and inputs to trace.
    onnx: Callable[[list[str], list[Array]], bytes]
    # Whether the file itself defines the inputs.
    is_sure: bool

    def ask(self, arrays: list[Array]) -> list[Array]:
        return [tensor.numpy() for tensor in self.run(_tensors(arrays)).values()]


class _Flat(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """A network that takes and gives only tensors, for the exporter."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(named(self.network(*given)).values())


def of_network(network: Any, inputs: list[Port]) -> Model:
    axes = [{at: size for at, size in enumerate(port.sizes) if isinstance(size, str)} for port in inputs]
    # Tracing, which supports TorchScript too, fixes lengths that it has seen; the other exporter keeps them open.
    is_traced = isinstance(network, torch.jit.ScriptModule) or len({name for of in axes for name in of.values()}) < 2

    def onnx(outputs: list[str], call: list[Array]) -> bytes:
        names = {"input_names": [port.name for port in inputs], "output_names": outputs}
        given = tuple(_tensors(call))
        if not is_traced:
            dynamic = tuple(dict.fromkeys(of, torch.export.Dim.AUTO) for of in axes)
            return _by_program(torch.export.export(_Flat(network).eval(), given, dynamic_shapes=(dynamic,)), names)
        file = io.BytesIO()
        by_name = dict(zip(names["input_names"], axes, strict=True))
        options: dict[str, Any] = {"opset_version": _OPSET, "dynamic_axes": by_name}
        whole = network if isinstance(network, torch.jit.ScriptModule) else _Flat(network).eval()
        torch.onnx.export(whole, given, file, dynamo=False, **names, **options)
        return file.getvalue()

    name = getattr(network, "original_name", type(network).__name__)
    return Model(name, inputs, lambda given: named(network(*given)), _written(onnx), is_sure=False)


def _by_program(exported: Any, names: dict[str, Any]) -> bytes:
    return bytes(torch.onnx.export(exported, dynamo=True, verbose=False, **names).model_proto.SerializeToString())


def of_program(exported: Any) -> Model:
    module, spec = exported.module(), exported.call_spec.in_spec
    inputs = _ports(exported)

    def run(given: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        positional, named_ones = trees.tree_unflatten(given, spec)
        return named(module(*positional, **named_ones))

    def onnx(outputs: list[str], _call: list[Array]) -> bytes:
        names = {"input_names": [port.name for port in inputs], "output_names": outputs}
        return _by_program(exported, names)

    return Model("a program of torch.export", inputs, run, _written(onnx), is_sure=True)


def _ports(exported: Any) -> list[Port]:
    """The inputs. Open sizes are symbols; each is named after the place where it first occurs."""
    nodes = {node.name: node for node in exported.graph.nodes if node.op == "placeholder"}
    names, ports = dict[str, str](), []
    for name in exported.graph_signature.user_inputs:
        value = nodes[name].meta.get("val") if name in nodes else None
        if not isinstance(value, torch.Tensor):
            raise Refused(
                f"the program takes {name}, which is no tensor", "", "export it with tensors as its only arguments"
            )
        sizes: list[int | str] = []
        for place, size in enumerate(value.shape):
            fallback = "n" if place == 0 else f"{name} {place}"
            sizes.append(size if isinstance(size, int) else names.setdefault(str(size), fallback))
        ports.append(Port(name, _element(value, name), sizes))
    return ports


def named(found: Any) -> dict[str, torch.Tensor]:
    """The tensors that a network gives, by their names, if they have any."""
    if hasattr(found, "_asdict"):
        found = found._asdict()
    flat, _ = trees.tree_flatten_with_path(found)
    tensors = {_name(path): value for path, value in flat if isinstance(value, torch.Tensor)}
    if not tensors:
        raise Refused("the network gives no tensor", f"it gives a {type(found).__name__}", "let forward return tensors")
    return {name: value.float() if value.dtype in _HALVES else value for name, value in tensors.items()}


def _name(path: Any) -> str:
    """For ({"a": …}, …) `0_a`; without keys, `output_0`."""
    keys = [str(getattr(key, "key", getattr(key, "idx", key))) for key in path]
    return "_".join(keys if any(hasattr(key, "key") for key in path) else ["output", *keys])


def _element(tensor: torch.Tensor, name: str) -> str:
    element = str(tensor.dtype).removeprefix("torch.")
    if element not in ("bool", "float32", "float64", "int8", "uint8", "int16", "int32", "int64"):
        raise Refused(f"{name} is {element}, which cannot be served", "", "export it with float32 or whole numbers")
    return element


def outputs(found: dict[str, torch.Tensor]) -> list[tuple[str, str]]:
    """The names and types of the outputs."""
    return [(name, _element(tensor, name)) for name, tensor in found.items()]


def _tensors(arrays: list[Array]) -> list[torch.Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(array)).clone() for array in arrays]


def _written(onnx: Callable[[list[str], list[Array]], bytes]) -> Callable[[list[str], list[Array]], bytes]:
    def writing(names: list[str], call: list[Array]) -> bytes:
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                # Warnings about the older exporter and about tracing: the result is checked against PyTorch anyway.
                warnings.simplefilter("ignore")
                found = onnx(names, call)
        except Exception as error:  # the exporters have dozens
            raise Refused(
                "PyTorch cannot write the model as ONNX",
                f"{type(error).__name__}: {error}".splitlines()[0],
                "write torch.export.save(torch.export.export(model, example), 'model.pt2') and give that file",
            ) from None
        if len(found) > _MOST_BYTES:
            raise Refused("the model is larger than 2 GB", "an ONNX file ends there", "give weights of half the size")
        return found

    return writing
