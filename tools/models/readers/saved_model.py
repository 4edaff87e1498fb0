"""A SavedModel as a model that can be called: one of its signatures, or the object itself."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from tools.models.readers.keras_files import Model, said
from tools.models.reading import Refused

_DEFAULT = "serving_default"


def opened(content: bytes, asked: str | None, folder: Path) -> Model:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    try:
        loaded = tf.saved_model.load(str(folder))
    except Exception as error:  # it raises what it likes
        then = f"write it anew, with tf.saved_model.save of TensorFlow {tf.__version__}"
        raise Refused("TensorFlow cannot read the folder", said(error), then) from None
    signatures = {key: found for key, found in loaded.signatures.items() if not key.startswith("__")}
    if asked and asked not in signatures:
        has = f"it has {', '.join(signatures)}" if signatures else "it has none by name"
        raise Refused(f"the folder has no signature {asked}", has, "give --signature one of these, or leave it out")
    if not signatures:
        return _called(loaded)
    chosen = asked or (_DEFAULT if _DEFAULT in signatures else next(iter(signatures)))
    return _signature(loaded, signatures, chosen)._replace(source=(str(folder), chosen))


def _signature(loaded: Any, signatures: dict[str, Any], chosen: str) -> Model:
    function = signatures[chosen]
    _, given = function.structured_input_signature
    outputs = list(function.structured_outputs)

    def run(tensors: list[Any]) -> list[Any]:
        found = function(**dict(zip(given, tensors, strict=True)))
        return [found[name] for name in outputs]

    specs = [tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in given.items()]
    others = [name for name in signatures if name != chosen]
    notes = [f"its signature {chosen} is served; --signature names another: {', '.join(others)}"] if others else []
    return Model(f"SavedModel, {chosen}", specs, outputs, run, loaded, notes=notes)


def _called(loaded: Any) -> Model:
    """As in models of TensorFlow Hub: a callable, with training as an argument."""
    for function in loaded.__call__.concrete_functions if callable(loaded) else ():
        arguments = tf.nest.flatten(function.structured_input_signature)
        if any(argument is True for argument in arguments):
            continue
        specs = [argument for argument in arguments if isinstance(argument, tf.TensorSpec)]
        return _function(loaded, function, specs)
    raise Refused(
        "the folder has no signature, and nothing to call",
        "nothing in it says what it takes and gives",
        "write it with tf.saved_model.save(model, 'saved', signatures=function)",
    )


def _function(loaded: Any, function: Any, specs: list[Any]) -> Model:
    wanted = function.structured_outputs
    count = len(tf.nest.flatten(wanted))
    outputs = list(wanted) if isinstance(wanted, dict) else [f"output_{place}" for place in range(count)]

    def run(tensors: list[Any]) -> list[Any]:
        found = iter(tensors)
        args, kwargs = tf.nest.map_structure(
            lambda argument: next(found) if isinstance(argument, tf.TensorSpec) else argument,
            function.structured_input_signature,
        )
        return list(tf.nest.flatten(loaded(*args, **kwargs)))

    return Model("SavedModel, as it is called", specs, outputs, run, loaded)
