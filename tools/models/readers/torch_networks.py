"""The network of weights: one of torchvision's, or the result of a function in the user's file."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from tools.models.readers.torch_files import Weights, unwrapped
from tools.models.reading import Refused

_SHOWN = 3


def of(arch: str, sources: dict[str, str], weights: Weights) -> torch.nn.Module:
    place, _, name = arch.rpartition(":")
    network = _of_torchvision(name, weights) if place == "torchvision" else _of_file(place, name, sources)
    _put_in(network, weights, arch)
    return network.eval()


def torchvision(part: str) -> ModuleType:
    """A part of torchvision, even if it was built for CUDA and PyTorch was not: its import then fails for want of two
    operators of detectors, which it is enough to declare."""
    for operator in ("nms(Tensor boxes, Tensor scores, float threshold)", "qnms(Tensor b, Tensor s, float t)"):
        name, _, _ = operator.partition("(")
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", f"{operator.removeprefix(name)} -> Tensor")
    return importlib.import_module(f"torchvision.{part}")


def picture_size(arch: str | None) -> int | None:
    """The picture size of a torchvision classifier."""
    if not arch or not arch.startswith("torchvision:"):
        return None
    weights = torchvision("models").get_model_weights(arch.partition(":")[2]).DEFAULT
    return int(weights.transforms().crop_size[0])


def _of_torchvision(name: str, weights: Weights) -> torch.nn.Module:
    models = torchvision("models")
    known = models.list_models(module=models)
    if name not in known:
        raise Refused(f"torchvision has no classifier {name!r}", "", f"it has {', '.join(known)}")
    # Random initial weights would take a minute.
    options: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name in ("googlenet", "inception_v3"):
        options["aux_logits"] = any("aux" in key.lower() for key in weights)
    with torch.device("meta"):
        plain = models.get_model(name, weights=None, **options)
    shapes = {key: tensor.shape for key, tensor in plain.state_dict().items()}
    given = unwrapped(weights, set(shapes))
    # A different number of classes shows in the last layer.
    last = [key for key in shapes if key.endswith(".bias")][-1]
    if last in given and given[last].shape != shapes[last]:
        options["num_classes"] = given[last].shape[0]
    made: torch.nn.Module = models.get_model(name, weights=None, **options)
    return made


def _of_file(place: str, name: str, sources: dict[str, str]) -> torch.nn.Module:
    """The file runs here, where it can do no harm; it can import those beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for file, source in sources.items():
            (Path(folder) / file).write_text(source)
        sys.path.insert(0, folder)
        try:
            made = getattr(importlib.import_module(Path(place).stem), name)()
        except Exception as error:  # it is anybody's code
            raise Refused(
                f"{place}:{name} makes no network",
                f"{type(error).__name__}: {error}".splitlines()[0],
                "it is called without arguments, where there are torch, torchvision, numpy and the files beside it",
            ) from None
        finally:
            sys.path.remove(folder)
    if not isinstance(made, torch.nn.Module):
        raise Refused(f"{place}:{name} returns a {type(made).__name__}", "", "let it return a torch.nn.Module")
    return made


def _put_in(network: torch.nn.Module, weights: Weights, arch: str) -> None:
    wanted = network.state_dict()
    given = unwrapped(weights, set(wanted))
    wrong = [f"{name} is missing" for name in wanted if name not in given]
    wrong += [f"{name} belongs nowhere" for name in given if name not in wanted]
    for name in wanted:
        if name in given and given[name].shape != wanted[name].shape:
            wrong.append(f"{name} is {_size(given[name])}, not {_size(wanted[name])}")
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise Refused(
            f"the weights are not those of {arch}",
            f"{', '.join(wrong[:_SHOWN])}{more}",
            "name the network that they were trained with, as it was then",
        )
    # Weights stored in half precision are computed with in full.
    network.load_state_dict(given)
    network.float()


def _size(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"
