"""Turns a PyTorch model into ONNX, and gets PyTorch's results for some inputs.

    python -m tools.models.readers.torch < REQUEST    print what is made of it: both as conversion.py has them

TorchScript is a program, a function that makes a network is code, and weights are a pickle: this runs in a container
without a network; what it prints is data.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tools.models.conversion import Converted, Request
from tools.models.readers import calls, program, torch_files, torch_inputs, torch_networks, torch_outputs
from tools.models.readers.torch_export import Model, of_network, of_program
from tools.models.reading import Port, Refused, Tensors


def convert(request: Request) -> Converted:
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    # The exporter does not support the fast path of Transformers.
    torch.backends.mha.set_fastpath_enabled(False)
    model, outputs, varied = _fitting(request)
    given, answers, picture = calls.asked(model.inputs, outputs, request.samples, model.ask)
    if not picture:
        given += [[calls.listed(array) for array in call] for call, _ in varied[1:]]
        answers += [[calls.listed(array) for array in found] for _, found in varied[1:]]
    reading = Tensors(
        runtime="onnxruntime",
        summary=f"PyTorch, {model.name}, {calls.told(model.inputs)} to {calls.told(outputs)}",
        inputs=model.inputs,
        outputs=outputs,
        notes=_notes(request, model),
        picture=picture,
        calls=given,
        answers=answers,
    )
    return Converted(reading, model.onnx([port.name for port in outputs], varied[0][0]))


def _fitting(request: Request) -> tuple[Model, list[Port], torch_outputs.Varied]:
    """The first candidate for its inputs that it accepts."""
    refused = None
    for model in _models(request):
        try:
            return (model, *torch_outputs.of(model, request.samples))
        except Refused as error:
            refused = refused or error
    assert refused
    raise refused


def _models(request: Request) -> Iterator[Model]:
    found = torch_files.opened(request.model)
    if isinstance(found, torch.export.ExportedProgram):
        yield of_program(found)
        return
    if isinstance(found, dict):
        found = torch_networks.of(request.arch or "", request.sources, found)
    side = torch_networks.picture_size(request.arch)
    for inputs in torch_inputs.of(found, request.inputs, request.samples, side):
        yield of_network(found, inputs)


def _notes(request: Request, model: Model) -> list[str]:
    if model.is_sure or request.inputs or (isinstance(request.samples, list) and request.samples):
        return []
    [port] = model.inputs
    sizes = " x ".join(map(str, port.sizes))
    return [f"{port.name} is taken to be {sizes}; --inputs says it otherwise"]


if __name__ == "__main__":
    program.converts(convert)
