"""torchvision's MobileNetV2, as the catalogue describes it and with a checkpoint's weights in it.

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
    if architecture.get("name") != "mobilenet_v2":
        raise Unfit(
            f"the architecture is {architecture.get('name')!r}; app/network/architecture.py knows 'mobilenet_v2'"
        )
    network = torchvision("models").mobilenet_v2(
        num_classes=classes,
        width_mult=architecture.get("width", 1.0),
        # Expansion, channels, repetitions and stride of each group; without it those of the paper.
        inverted_residual_setting=architecture.get("blocks"),
    )
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
    head = state.get("classifier.1.weight")
    if head is not None and head.ndim == 2 and head.shape[0] != classes:
        raise Unfit(f"{file.name} tells {head.shape[0]} classes apart, but there are {classes} labels")
    network = build(architecture, classes)
    wanted = network.state_dict()
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
    network.load_state_dict(state)
    return network.eval()
