"""Builds a classifier as weights.toml describes it, torchvision's or our own, and loads a checkpoint's weights.

For code that needs PyTorch itself: the export, the native back end and the training.
"""

import importlib
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from app.network import efficientnet_lite


class Unfit(ValueError):
    """The checkpoint cannot be used; the message says why, in one line."""


def torchvision(part: str) -> ModuleType:
    """A submodule of torchvision, even if torchvision was built for CUDA and PyTorch was not.

    In that case torchvision's compiled library does not load, and its import fails on the operators missing from it.
    Classification never calls these operators, so declaring them is enough.
    """
    try:
        return importlib.import_module(f"torchvision.{part}")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    torch.library.define("torchvision::nms", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    torch.library.define("torchvision::qnms", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    return importlib.import_module(f"torchvision.{part}")


def build(architecture: Mapping[str, Any], classes: int) -> torch.nn.Module:
    """The network with random weights."""
    name = str(architecture.get("name"))
    if name == "efficientnet_lite":
        return efficientnet_lite.Lite0(classes)
    models = torchvision("models")
    if name not in models.list_models(module=models):
        raise Unfit(f"the architecture {name!r} is neither efficientnet_lite nor a classifier of torchvision")
    chosen = {}
    if "width" in architecture:
        # Each block is expansion, channels, repetitions and stride. Without `blocks`, those of the paper are used.
        chosen = {"width_mult": architecture["width"], "inverted_residual_setting": architecture.get("blocks")}
    if name in ("googlenet", "inception_v3"):
        # These would initialise their weights at random, which takes a minute, and warn about it.
        chosen["init_weights"] = False
    network = models.get_model(name, weights=None, num_classes=classes, **chosen)
    assert isinstance(network, torch.nn.Module)
    return network


def read(file: Path) -> dict[str, torch.Tensor]:
    """The tensors of a state dict, alone or inside a training checkpoint. No code in the file is run."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise Unfit(f"{file.name} holds more than tensors; save model.state_dict(), not the model") from None
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        raise Unfit(f"{file.name} is no PyTorch checkpoint: {said}") from None
    for wrapper in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, Mapping) and isinstance(state.get(wrapper), Mapping):
            state = state[wrapper]
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise Unfit(f"{file.name} is no state dict: tensors by name were expected")
    # DataParallel and torch.compile put a prefix before every name.
    return {name.removeprefix("module.").removeprefix("_orig_mod."): value for name, value in state.items()}


def load(file: Path, architecture: Mapping[str, Any], classes: int) -> torch.nn.Module:
    """The network with the weights in `file`, ready to predict; raises `Unfit` if they do not fit it."""
    state = read(file)
    network = build(architecture, classes)
    wanted = network.state_dict()
    # The last tensor of every classifier has one row or element per class.
    head = state.get(list(wanted)[-1])
    if head is not None and head.ndim and head.shape[0] != classes:
        raise Unfit(f"{file.name} tells {head.shape[0]} classes apart, but there are {classes} labels")
    for words, names in (
        ("lacks", [name for name in wanted if name not in state]),
        ("has, unknown to the architecture,", [name for name in state if name not in wanted]),
    ):
        if names:
            raise Unfit(f"{file.name} {words} {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''}")
    for name, tensor in wanted.items():
        if state[name].shape != tensor.shape:
            ours, theirs = list(tensor.shape), list(state[name].shape)
            raise Unfit(f"{file.name}: {name} is {theirs}, the architecture wants {ours}")
    if any(not torch.isfinite(value).all() for value in state.values() if value.is_floating_point()):
        raise Unfit(f"{file.name} holds numbers that are not finite")
    # Update the network's own state dict: its metadata holds the version of each module.
    wanted.update(state)
    network.load_state_dict(wanted)
    return network.eval()
