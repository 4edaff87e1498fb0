"""Inputs for a tensor model: those of --samples, or made from its shapes and types."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np

from tools.models.readers import digits, quantised
from tools.models.readers.metadata import Said
from tools.models.reading import Picture, Port, Refused

Call = list[Any]
Array = np.ndarray[Any, Any]

# Values to try for open sizes. The first one that the model accepts is taken; the large ones are for models that halve
# a picture five times, or need a second of sound.
_OPEN = (2, 4, 8, 16, 32, 64, 224, 16000)
# If a size works, further values for the first dimension, usually the batch.
_FIRST = (1, 3)
_TEXTS = ["one", "two", "three", ""]
_LONGEST = 200_000
# Fixed sizes stay as they are; but beyond this many numbers, a request is too long for Lambda.
_MOST = 700_000


def of_samples(samples: list[Any], inputs: list[Port]) -> list[Call]:
    calls = []
    for sample in samples:
        if not isinstance(sample, dict) or (missing := [port.name for port in inputs if port.name not in sample]):
            raise Refused(
                f"the samples have no {missing[0] if isinstance(sample, dict) else inputs[0].name!r}",
                f"the model takes {', '.join(port.name for port in inputs)}",
                "give --samples a JSON file: a list of requests, each an object with these keys",
            )
        calls.append([sample[port.name] for port in inputs])
    return calls


def asked(
    inputs: list[Port],
    outputs: list[Port],
    samples: Any,
    ask: Callable[[list[Array]], list[Array]],
    said: Said = Said(),  # noqa: B008 - nobody changes it
) -> tuple[list[Call], list[Any], Picture | None]:
    """The calls, and the framework's results for each; for pictures, also their preparation."""
    if isinstance(samples, dict):
        from tools.models.readers import pictures

        if samples["preprocess"]:
            return pictures.asked(inputs, outputs, samples["preprocess"], samples["pictures"], ask)
        if said.mean and said.std and pictures.are_taken(inputs, outputs):
            return pictures.asked(inputs, outputs, said, samples["pictures"], ask)
        if samples["are_given"]:
            raise Refused(
                "the file does not say how pictures are prepared", "", "give --preprocess as the model was trained"
            )
    elif samples:
        given = of_samples(samples, inputs)
        return given, [_listed(ask(arrays(inputs, call))) for call in given], None
    return *_generated(inputs, ask), None


def _generated(inputs: list[Port], ask: Callable[[list[Array]], list[Array]]) -> tuple[list[Call], list[Any]]:
    found = computed(inputs, ask)
    return [_listed(call) for call, _ in found], [_listed(answers) for _, answers in found]


def computed(inputs: list[Port], ask: Callable[[list[Array]], list[Array]]) -> list[tuple[list[Array], list[Array]]]:
    """Inputs that the model accepts, and its results for them."""
    why = f"they have more than {_MOST:,} numbers, too many for a request"
    for size in _OPEN:
        # Pictures are large: try a batch of one.
        start = next((first for first in (size, 1) if _is_short(inputs, first, size)), None)
        if start is None:
            continue
        call = _made(inputs, start, size)
        try:
            found = [(call, ask(call))]
        except Exception as error:  # whatever the framework raises: these sizes are not for this model
            why = str(error).strip().splitlines()[0]
            continue
        for first in _FIRST:
            if _is_short(inputs, first, size):
                call = _made(inputs, first, size)
                with suppress(Exception):  # a batch that only looked like one
                    found.append((call, ask(call)))
        return found
    raise Refused(
        "no inputs were found that the model computes with",
        why,
        'give some with --samples FILE.json: [{"' + inputs[0].name + '": …}]',
    )


def arrays(inputs: list[Port], call: Call) -> list[Array]:
    return [
        np.array(value, dtype=object if port.element == "string" else port.element)
        for port, value in zip(inputs, call, strict=True)
    ]


def _is_short(inputs: list[Port], first: int, size: int) -> bool:
    is_open = any(isinstance(of, str) for port in inputs for of in port.sizes)
    return sum(prod(_shape(port, first, size)) for port in inputs) <= (_LONGEST if is_open else _MOST)


def _made(inputs: list[Port], first: int, size: int) -> list[Array]:
    """Arrays with `first` for an open first dimension, and `size` for other open ones."""
    chance = np.random.default_rng(first)
    return [_filled(chance, port, _shape(port, first, size)) for port in inputs]


def _shape(port: Port, first: int, size: int) -> list[int]:
    return [of if isinstance(of, int) else size if place else first for place, of in enumerate(port.sizes)]


def _filled(chance: np.random.Generator, port: Port, shape: list[int]) -> Array:
    # Without sizes these are numbers, and frameworks take arrays.
    if port.element == "string":
        return np.array(chance.choice(np.array(_TEXTS, dtype=object), shape), dtype=object)
    if port.quantised:
        return quantised.made(chance, port.quantised, shape)
    if port.element == "bool":
        return np.asarray(chance.random(shape) < 0.5)
    if port.element.startswith("float"):
        # Rounded, as somebody would type them.
        return np.asarray(chance.normal(size=shape).round(2), dtype=port.element)
    # Usually indices into a table of unknown size; 0 and 1 are always valid.
    return np.asarray(chance.integers(0, 2, shape), dtype=port.element)


def _listed(found: list[Array]) -> list[Any]:
    return [listed(array) for array in found]


def listed(array: Array) -> Any:
    """As lists for JSON."""
    return digits.rounded(array) if array.dtype == np.float32 else array.tolist()


def told(ports: list[Port]) -> str:
    return " and ".join(port.name for port in ports) if len(ports) <= 3 else f"{len(ports)} tensors"
