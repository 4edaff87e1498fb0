"""Opens a PyTorch file: a program of torch.export, TorchScript, or weights alone."""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Mapping
from typing import Any

import torch

from tools.models import pytorch
from tools.models.reading import Refused

Weights = dict[str, torch.Tensor]

# The keys for weights in a training checkpoint, and the prefixes that wrappers add to names.
_KEYS = ("state_dict", "model_state_dict", "model", "net", "network", "weights")
_WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "network.")


def opened(content: bytes) -> Any:
    """A torch.export.ExportedProgram, a torch.jit.ScriptModule, or weights by their names."""
    try:
        kind = pytorch.holds(io.BytesIO(content))
        if kind == pytorch.PROGRAM:
            return torch.export.load(io.BytesIO(content))
        if kind == pytorch.SCRIPT:
            return torch.jit.load(io.BytesIO(content), map_location="cpu").eval()
        return _weights(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
    except pickle.UnpicklingError as error:
        raise Refused(
            "the file holds more than weights",
            _reason(error),
            "write torch.save(model.state_dict(), 'model.pt') or torch.export.save(program, 'model.pt2')",
        ) from None
    except Refused:
        raise
    except Exception as error:  # each kind of file has its own
        raise Refused(
            f"PyTorch {torch.__version__} cannot read the file", _reason(error), "write it anew with that version"
        ) from None


def _reason(error: Exception) -> str:
    """A short reason: PyTorch's own goes on for a page about trusting the file."""
    if found := re.search(r"GLOBAL (\S+)", str(error)):
        return f"there is a {found[1]} in it"
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _weights(found: Any) -> Weights:
    inner = [found[key] for key in _KEYS if isinstance(found, Mapping) and isinstance(found.get(key), Mapping)]
    for candidate in [*inner, found]:
        if isinstance(candidate, Mapping) and (tensors := _tensors(candidate)):
            return tensors
    raise Refused(
        "the file holds no weights",
        f"it holds a {type(found).__name__}",
        "write it with torch.save(model.state_dict())",
    )


def _tensors(found: Mapping[Any, Any]) -> Weights:
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor) and isinstance(name, str)}


def unwrapped(weights: Weights, wanted: set[str]) -> Weights:
    """The weights by the network's names, without prefixes of DataParallel, torch.compile or Lightning."""
    for prefix in _WRAPPERS:
        bare = {name.removeprefix(prefix): tensor for name, tensor in weights.items()}
        if not wanted.intersection(weights) and wanted.intersection(bare):
            return bare
    return weights
