"""The inputs of a network, which no file defines: those of --inputs, of samples, or guessed from its first layer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from tools.models.reading import Port, Refused

# The name of the size that each request chooses.
OPEN = "n"
# The picture sizes that networks are trained with, the most common ones first.
_SIDES = (224, 32, 28, 64, 96, 128, 256, 299, 384, 512)
_EXAMPLE = "for instance --inputs n,3,224,224, or for two --inputs 'n,16; n,length int64'"
_ELEMENTS = ("float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool")


def of(network: Any, asked: str | None, samples: Any, side: int | None) -> Iterator[list[Port]]:
    """Candidates for its inputs, the likeliest first."""
    names, most = _names(network)
    if asked:
        yield _asked(asked, names, most)
    elif isinstance(samples, list) and samples:
        yield from _of_samples(samples[0], most)
    elif len(names) == 1:
        yield from ([Port(names[0], element, sizes)] for element, sizes in _guessed(network, side))
    else:
        raise Refused(
            f"the network takes {', '.join(names) or 'nothing by name'}, and how large those are is not in the file",
            "",
            _EXAMPLE,
        )


def _names(network: Any) -> tuple[list[str], list[str]]:
    """The required arguments of `forward`, and all of them."""
    if isinstance(network, torch.jit.ScriptModule):
        found = network.forward.schema.arguments[1:]
        return [each.name for each in found if not each.has_default_value()], [each.name for each in found]
    parameters = inspect.signature(network.forward).parameters.values()
    places = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return [each.name for each in places if each.default is each.empty], [each.name for each in places]


def _asked(text: str, names: list[str], most: list[str]) -> list[Port]:
    """`n,3,224,224; n,length int64`: for each input its sizes, and its type if it is not float32."""
    found = [_port(part) for part in text.split(";")]
    if not len(names) <= len(found) <= len(most):
        raise Refused(
            f"--inputs names {len(found)}, the network takes {len(names)}: {', '.join(names)}",
            "",
            f"give each, {_EXAMPLE}",
        )
    return [Port(name, element, sizes) for name, (sizes, element) in zip(most, found, strict=False)]


def _port(text: str) -> tuple[list[int | str], str]:
    parts = re.fullmatch(rf"\s*(\w+(?:\s*,\s*\w+)*)(?:\s+({'|'.join(_ELEMENTS)}))?\s*", text)
    if not parts:
        what = f"--inputs says {text.strip()!r}, which is no size of a tensor"
        raise Refused(what, f"after the sizes there may stand {', '.join(_ELEMENTS)}", _EXAMPLE)
    sizes, element = parts.groups()
    return [int(size) if size.isdigit() else size for size in re.findall(r"\w+", sizes)], element or "float32"


def _of_samples(sample: Any, most: list[str]) -> Iterator[list[Port]]:
    names = [name for name in most if isinstance(sample, dict) and name in sample]
    if not names:
        raise Refused(
            "the samples name no input of the network", f"it takes {', '.join(most)}", "give requests with these keys"
        )
    for element in ("float32", "int64"):
        yield [Port(name, element, [OPEN, *np.shape(sample[name])[1:]]) for name in names]


def _guessed(network: Any, side: int | None) -> Iterator[tuple[str, list[int | str]]]:
    for _, layer in network.named_modules():
        kind = getattr(layer, "original_name", type(layer).__name__)
        if kind == "Conv2d":
            colours = layer.weight.shape[1] * getattr(layer, "groups", 1)
            yield from (("float32", [OPEN, colours, each, each]) for each in ([side] if side else _SIDES))
            return
        if kind == "Linear":
            yield "float32", [OPEN, layer.weight.shape[1]]
            return
        if kind == "Embedding":
            yield "int64", [OPEN, "length"]
            return
    raise Refused("how large the input of the network is cannot be guessed", "", _EXAMPLE)
