"""A Keras file as a model that can be called."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import keras
import tensorflow as tf

from tools.models import keras as configuration
from tools.models.reading import Refused

SUFFIXES = (".keras", ".h5", ".hdf5")
_HALVES = ("float16", "bfloat16")


class Model(NamedTuple):
    """A model with its inputs and outputs, in order."""

    name: str
    # The TensorSpec of each input, with its name in the file.
    inputs: list[Any]
    outputs: list[str]
    run: Callable[[list[Any]], list[Any]]
    # The owner of the variables.
    owner: Any
    # The original folder and signature, if any: what TensorFlow 1 wrote cannot be saved again.
    source: tuple[str, str] | None = None
    notes: list[str] = []  # noqa: RUF012 - nobody changes it


def opened(content: bytes, suffix: str, folder: Path) -> Model:
    is_zip = zipfile.is_zipfile(_written(content, folder / "model"))
    # Keras decides by the extension.
    file = (folder / "model").rename(folder / f"model{'.keras' if is_zip else '.h5'}")
    config, version = _said(file)
    configuration.check(f"the {suffix} file", config)
    library = _library(version)
    try:
        model = library.models.load_model(file, compile=False, **({"safe_mode": True} if is_zip else {}))
    except Exception as error:  # it raises what it likes
        what = f"Keras {library.__version__} cannot read the file"
        raise Refused(what, said(error), configuration.EXPORT) from None
    # It may take half of the space.
    file.unlink()
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise Refused(
            "the file does not say what the model takes",
            "it has no inputs of known sizes",
            "give it a keras.Input of that size, or call it once, and save it again",
        )
    return _of(library, model)


def _written(content: bytes, file: Path) -> Path:
    file.write_bytes(content)
    return file


def _said(file: Path) -> tuple[dict[str, Any], str]:
    """The configuration, and the Keras version that wrote it: 2 if the file does not say."""
    if file.suffix == ".keras":
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read("metadata.json"))
            return dict(json.loads(archive.read("config.json"))), str(about["keras_version"])
    with h5py.File(file) as found:
        return dict(json.loads(found.attrs["model_config"])), str(found.attrs.get("keras_version", "2"))


def _library(version: str) -> Any:
    """Keras 3 reads few files of Keras 2: the layers' arguments have changed."""
    if version.startswith("3"):
        return keras
    import tf_keras

    return tf_keras


def _of(library: Any, model: Any) -> Model:
    # Inputs and outputs may be nested in lists and dictionaries; flatten them.
    flat = library.Model(list(model.inputs), list(model.outputs))
    # A Sequential has only lists.
    given, wanted = (None, None) if isinstance(model, library.Sequential) else (model.input, model.output)
    names = _names(given, [tensor.name for tensor in model.inputs])
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype, name) for tensor, name in zip(model.inputs, names, strict=True)]

    def run(tensors: list[Any]) -> list[Any]:
        found = tf.nest.flatten(flat(tensors, training=False))
        return [tf.cast(tensor, tf.float32) if tensor.dtype.name in _HALVES else tensor for tensor in found]

    if library is not keras:
        # The GPU kernel would become a stateful operation, which LiteRT cannot load.
        for layer in model._flatten_layers():
            if hasattr(layer, "_could_use_gpu_kernel"):
                layer._could_use_gpu_kernel = False
    owner = tf.Module()
    owner.kept = [each if isinstance(each, tf.Variable) else each.value for each in model.variables]
    return Model(f"Keras, {model.name}", specs, _names(wanted, flat.output_names), run, owner)


def _names(structure: Any, otherwise: list[str]) -> list[str]:
    """The keys of a dictionary of tensors, else the other names."""
    if isinstance(structure, dict) and len(structure) == len(otherwise):
        return [str(key) for key in tf.nest.flatten({key: key for key in structure})]
    return otherwise


def said(error: Exception) -> str:
    """The first sentence of the error: they go on for a page."""
    first, *_ = str(error).strip().splitlines() or [type(error).__name__]
    return re.split(r"(?<=[^.]\.) ", first)[0]
