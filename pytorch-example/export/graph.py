"""Converts a checkpoint to the ONNX file that is served: pixels in, probabilities out, optimised ahead of time."""

import logging
import tempfile
import warnings
from pathlib import Path

import onnxruntime
import torch

from app.network import architecture
from app.network.facts import Facts
from app.network.onnx import INPUT, OUTPUT

# ONNX Runtime and the tools around it have supported this version for years.
OPSET = 17


class Served(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """The network with normalisation before it and softmax after it: from pixels as bytes to probabilities."""

    def __init__(self, model: torch.nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.model = model
        self.scale = torch.nn.Buffer(1 / torch.tensor(std))
        self.offset = torch.nn.Buffer(-torch.tensor(mean) / torch.tensor(std))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        values = pixels.float() * self.scale + self.offset
        return torch.softmax(self.model(values.permute(0, 3, 1, 2)), 1)


def write(source: Path, facts: Facts, target: Path) -> None:
    how = facts.preprocessing
    model = architecture.load(source, facts.architecture, len(facts.labels))
    whole = Served(model, how.mean, how.std).eval()
    example = torch.zeros(1, how.height, how.width, 3, dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The warning recommends the newer exporter, which needs more packages and writes the same network.
        warnings.simplefilter("ignore", DeprecationWarning)
        plain = Path(folder) / "plain.onnx"
        names = [INPUT, OUTPUT]
        torch.onnx.export(
            whole,
            (example,),
            plain,
            dynamo=False,
            opset_version=OPSET,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: "batch"} for name in names},
        )
        optimise(plain, target)


def optimise(plain: Path, target: Path) -> None:
    """Apply the graph optimisations that ONNX Runtime would make at every start, except processor-specific ones."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(plain), options, providers=["CPUExecutionProvider"])


logging.getLogger("torch.onnx").setLevel(logging.ERROR)
