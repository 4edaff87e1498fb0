"""Reads an ONNX file, and gets the results of ONNX Runtime's Python package for some inputs.

python tools models.readers.onnxruntime FILE < SAMPLES    print a reading, as JSON
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

# Without this it would send usage data to its makers.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

from tools.models.readers import calls, metadata, program
from tools.models.reading import Port, Reading, Refused, Tensors

_ELEMENTS = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    **{f"tensor({name})": name for name in ("bool", "string")},
    **{f"tensor({sign}int{bits})": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def read(file: Path, samples: list[Any]) -> Reading:
    session = _session(file)
    inputs, outputs = _ports(session.get_inputs()), _ports(session.get_outputs())
    names = [port.name for port in inputs]
    said = metadata.of_onnx(session.get_modelmeta().custom_metadata_map)
    given, answers, picture = calls.asked(
        inputs, outputs, samples, lambda arrays: session.run(None, dict(zip(names, arrays, strict=True))), said
    )
    return Tensors(
        runtime="onnxruntime",
        summary=f"ONNX, {calls.told(inputs)} to {calls.told(outputs)}",
        inputs=inputs,
        outputs=outputs,
        picture=picture,
        is_said=said.mean is not None,
        labels=said.labels,
        notes=[said.unheard] * bool(said.unheard),
        calls=given,
        answers=answers,
    )


def _session(file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # each refusal has a class of its own, in a module that is private
        why = str(error).strip().splitlines()[0].rpartition(" : ")[2]
        raise Refused(
            f"ONNX Runtime cannot read {file.name}", why, "export it anew, for an opset that it knows"
        ) from None


def _ports(found: list[Any]) -> list[Port]:
    ports = []
    for each in found:
        if each.type not in _ELEMENTS:
            then = "export it with tensors of other elements: float32, integers, bool or string"
            if not each.type.startswith("tensor"):
                then = "export it without maps and sequences: skl2onnx does with options={'zipmap': False}"
            raise Refused(f"{each.name} is a {each.type}, which cannot be served", "", then)
        # An open size without a name is named by its position.
        sizes = [size if size is not None else f"size {place}" for place, size in enumerate(each.shape)]
        ports.append(Port(each.name, _ELEMENTS[each.type], sizes))
    return ports


if __name__ == "__main__":
    program.run(read)
