"""The outputs of a PyTorch model, which no file defines: found with inputs of several sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.models.readers import calls
from tools.models.readers.calls import Array
from tools.models.readers.torch_export import Model, _tensors, outputs
from tools.models.reading import Port, Refused

Varied = list[tuple[list[Array], list[Array]]]


def of(model: Model, samples: Any) -> tuple[list[Port], Varied]:
    """The outputs, and the inputs used to find them with their results: each varies one open size."""
    call = _first(model, samples)
    found = model.run(_tensors(call))
    ports = [
        Port(name, element, list(tensor.shape))
        for (name, element), tensor in zip(outputs(found), found.values(), strict=True)
    ]
    varied: Varied = [(call, [tensor.numpy() for tensor in found.values()])]
    for name in dict.fromkeys(size for port in model.inputs for size in port.sizes if isinstance(size, str)):
        grown = [_grown(array, port, name) for array, port in zip(call, model.inputs, strict=True)]
        try:
            answers = model.ask(grown)
        except Exception as error:  # whatever PyTorch raises: the size is not as open as it looks
            if model.is_sure:
                continue
            raise Refused(
                f"the network does not compute with another {name}", _reason(error), "give --inputs its only size"
            ) from None
        varied.append((grown, answers))
        for port, before, after in zip(ports, varied[0][1], answers, strict=True):
            _open(port, before, after, name)
    return ports, varied


def _first(model: Model, samples: Any) -> list[Array]:
    if isinstance(samples, list) and samples:
        call = calls.arrays(model.inputs, calls.of_samples(samples[:1], model.inputs)[0])
        try:
            model.ask(call)
        except Exception as error:  # the same
            raise Refused("the network does not compute with the samples", _reason(error), "mend them") from None
        return call
    return calls.computed(model.inputs, model.ask)[0][0]


def _grown(array: Array, port: Port, name: str) -> Array:
    """The array with one more in each dimension of that name."""
    for axis, size in enumerate(port.sizes):
        if size == name:
            array = np.concatenate([array, array.take([-1], axis)], axis)
    return array


def _open(port: Port, before: Array, after: Array, name: str) -> None:
    for axis, (one, other) in enumerate(zip(before.shape, after.shape, strict=True)):
        if one != other:
            port.sizes[axis] = name if other - one == 1 else f"{name} {axis}"


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
