"""A classifier as the catalogue describes it, torchvision's or our own, with a checkpoint's weights in it.

For whoever needs PyTorch itself: the export, the native back end, the training.
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
    """Why a checkpoint cannot be used, in a line."""


def torchvision(part: str) -> ModuleType:
    """A part of torchvision, also where torchvision was built for CUDA and PyTorch was not.

    Its compiled part does not load there, and its import ends at the operators that part would have brought.
    Classification calls neither of them: that they are declared is enough.
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
    """The network, its weights still random."""
    name = str(architecture.get("name"))
    if name == "efficientnet_lite":
        return efficientnet_lite.Lite0(classes)
    models = torchvision("models")
    if name not in models.list_models(module=models):
        raise Unfit(f"the architecture {name!r} is neither efficientnet_lite nor a classifier of torchvision")
    chosen = {}
    if "width" in architecture:
        # Expansion, channels, repetitions and stride of each group; without it those of the paper.
        chosen = {"width_mult": architecture["width"], "inverted_residual_setting": architecture.get("blocks")}
    if name in ("googlenet", "inception_v3"):
        # They would draw their weights by chance, for a minute, and warn of it.
        chosen["init_weights"] = False
    network = models.get_model(name, weights=None, num_classes=classes, **chosen)
    assert isinstance(network, torch.nn.Module)
    return network


def read(file: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint: a state dict, or one inside a training checkpoint. No code in it is run."""
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
    # What DataParallel and torch.compile put before every name says nothing about the weights.
    return {name.removeprefix("module.").removeprefix("_orig_mod."): value for name, value in state.items()}


def load(file: Path, architecture: Mapping[str, Any], classes: int) -> torch.nn.Module:
    """The network with the weights in `file`, ready to predict; `Unfit` if they are not its weights."""
    state = read(file)
    network = build(architecture, classes)
    wanted = network.state_dict()
    # The last part of every classifier has a number for each class.
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
    # Into the network's own, which also says in which version of itself it is.
    wanted.update(state)
    network.load_state_dict(wanted)
    return network.eval()
