"""Exports a network of transformers to ONNX: tokens in, and one row of numbers for each text out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime
import torch
import transformers

# ONNX Runtime and all tools around it have supported this opset for years.
OPSET = 17


class Vectors(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """The encoder, with the modules of sentence-transformers that pool its token vectors into one."""

    def __init__(self, folder: Path, modules: Sequence[torch.nn.Module]) -> None:
        super().__init__()
        # Eager attention is exported operator by operator, which ONNX Runtime can fuse again.
        self.encoder = transformers.AutoModel.from_pretrained(
            folder, attn_implementation="eager", local_files_only=True
        )
        self.rest = torch.nn.ModuleList(modules)

    def forward(self, names: Sequence[str], *tensors: torch.Tensor) -> torch.Tensor:
        given = dict(zip(names, tensors, strict=True))
        features: Any = {**given, "token_embeddings": self.encoder(**given).last_hidden_state}
        for module in self.rest:
            features = module(features)
        found: torch.Tensor = features["sentence_embedding"]
        return found


class Shares(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """The classifier, with its scores turned into probabilities."""

    def __init__(self, folder: Path, *, is_many: bool) -> None:
        super().__init__()
        self.model = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder, attn_implementation="eager", local_files_only=True
        )
        self.is_many = is_many

    def forward(self, names: Sequence[str], *tensors: torch.Tensor) -> torch.Tensor:
        scores = self.model(**dict(zip(names, tensors, strict=True))).logits
        return torch.sigmoid(scores) if self.is_many else torch.softmax(scores, -1)


class _Traced(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """Takes tensors by position, as the tracer needs."""

    def __init__(self, model: torch.nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.model(self.names, *tensors)
        return found


def write(model: torch.nn.Module, inputs: Sequence[str], output: str, target: Path) -> None:
    """Trace with two texts, the second one padded: without padding the trace may omit the mask."""
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    examples = {"attention_mask": mask, "input_ids": mask * 5, "token_type_ids": mask * 0}
    open_ = {name: {0: "batch", 1: "tokens"} for name in inputs}
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            _Traced(model, inputs).eval(),
            tuple(examples[name] for name in inputs),
            plain,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes=open_ | {output: {0: "batch"}},
        )
        _optimise(plain, target)


def _optimise(plain: Path, target: Path) -> None:
    """Optimise now, as ONNX Runtime would at every start, except for optimisations for one kind of processor.

    Weights go into a separate file, which is mapped instead of read and copied: that halves the time to load.
    """
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", f"{target.name}.data")
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(plain), options, providers=["CPUExecutionProvider"])
