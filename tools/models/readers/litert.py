"""Reads a LiteRT file, and asks LiteRT's Python package what it gives for some inputs.

python tools models.readers.litert FILE [SIGNATURE] < SAMPLES    print a reading, as JSON: of the first one, or of that
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from serving.runtimes.litert import Session
from serving.runtimes.session import OPEN, Description, Failed
from tools.models.readers import calls, program
from tools.models.readers.calls import Array
from tools.models.reading import Port, Reading, Refused, Tensors


def read(file: Path, samples: list[Any], signature: str | None = None) -> Reading:
    try:
        interpreter = Interpreter(str(file), num_threads=1)
        signatures = list(interpreter.get_signature_list())
        if signature and signature not in signatures:
            raise _unknown(signature, signatures)
        chosen = signature or next(iter(signatures), None)
        session = Session(str(file), chosen)
    except (Failed, ValueError, RuntimeError, KeyError) as error:
        why = str(error).strip().splitlines()[0]
        raise Refused(f"LiteRT cannot read {file.name}", why, "convert it anew, with built-in operators only") from None
    inputs, outputs = _ports(session.inputs), _ports(session.outputs)
    given, answers, picture = calls.asked(
        inputs, outputs, samples, lambda arrays: _run(interpreter, chosen, inputs, outputs, arrays)
    )
    several = len(signatures) > 1
    return Tensors(
        runtime="litert",
        summary=f"LiteRT, {len(inputs)} to {len(outputs)} tensors",
        inputs=inputs,
        outputs=outputs,
        signature=chosen if several else None,
        signatures=signatures,
        notes=[f"of the signatures {', '.join(signatures)} app/main.py opens {chosen}; --signature names one"]
        * several,
        picture=picture,
        calls=given,
        answers=answers,
    )


def _unknown(signature: str, signatures: list[str]) -> Refused:
    has = f"it has {', '.join(signatures)}" if signatures else "it has none by name"
    return Refused(f"the file has no signature {signature}", has, "give --signature one of these, or leave it out")


def _ports(found: tuple[Description, ...]) -> list[Port]:
    return [
        Port(
            each.name,
            each.element,
            [f"size {place}" if size == OPEN else size for place, size in enumerate(each.shape)],
        )
        for each in found
    ]


def _run(
    interpreter: Any, signature: str | None, inputs: list[Port], outputs: list[Port], arrays: list[Array]
) -> list[Array]:
    if signature:
        runner = interpreter.get_signature_runner(signature)
        found = runner(**{port.name: array for port, array in zip(inputs, arrays, strict=True)})
        return [found[port.name] for port in outputs]
    details = interpreter.get_input_details()
    for detail, array in zip(details, arrays, strict=True):
        interpreter.resize_tensor_input(detail["index"], array.shape)
    interpreter.allocate_tensors()
    for detail, array in zip(details, arrays, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


if __name__ == "__main__":
    program.run(read)
