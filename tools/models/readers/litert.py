"""Reads a LiteRT file, and gets the results of LiteRT's Python package for some inputs.

python tools models.readers.litert FILE [SIGNATURE] < SAMPLES    print a reading, as JSON: of the first one, or of that
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from serving.runtimes.litert import Session
from serving.runtimes.quantisation import LIMITS
from serving.runtimes.session import OPEN, Description, Failed
from tools.models.readers import calls, litert_metadata, program, quantised
from tools.models.readers.calls import Array
from tools.models.reading import Port, Quantised, Reading, Refused, Tensors


def read(file: Path, samples: list[Any], signature: str | None = None) -> Reading:
    try:
        signatures = list(Interpreter(str(file), num_threads=1).get_signature_list())
        if signature and signature not in signatures:
            raise _unknown(signature, signatures)
        chosen = signature or next(iter(signatures), None)
        model = Model(file, chosen, Session(str(file), chosen))
    except (Failed, ValueError, RuntimeError, KeyError) as error:
        why = str(error).strip().splitlines()[0]
        raise Refused(f"LiteRT cannot read {file.name}", why, "convert it anew, with built-in operators only") from None
    inputs, outputs = model.inputs, model.outputs
    said = litert_metadata.of(file)
    given, answers, picture = calls.asked(inputs, outputs, samples, model.ask, said)
    several = len(signatures) > 1
    return Tensors(
        runtime="litert",
        summary=f"LiteRT, {len(inputs)} to {len(outputs)} tensors",
        inputs=inputs,
        outputs=outputs,
        signature=chosen if several else None,
        signatures=signatures,
        notes=[
            *[f"of the signatures {', '.join(signatures)} app/main.py opens {chosen}; --signature names one"] * several,
            *[said.unheard] * bool(said.unheard),
        ],
        picture=picture,
        is_said=said.mean is not None,
        labels=said.labels,
        calls=given,
        answers=answers,
    )


def _unknown(signature: str, signatures: list[str]) -> Refused:
    has = f"it has {', '.join(signatures)}" if signatures else "it has none by name"
    return Refused(f"the file has no signature {signature}", has, "give --signature one of these, or leave it out")


def _ports(described: Sequence[Description], details: Sequence[Any]) -> list[Port]:
    ports = []
    for each, detail in zip(described, details, strict=True):
        sizes = [f"size {place}" if size == OPEN else size for place, size in enumerate(each.shape)]
        scale, zero_point = detail["quantization"]
        if scale and each.element in LIMITS:
            how = Quantised(each.element, float(scale), int(zero_point))
            ports.append(Port(each.name, "float32", sizes, how))
        else:
            ports.append(Port(each.name, each.element, sizes))
    return ports


class Model:
    """A signature of a file, or the whole graph if there is none, computed by the framework's own interpreter."""

    def __init__(self, file: Path, chosen: str | None, session: Session) -> None:
        self._interpreter = interpreter = Interpreter(str(file), num_threads=1)
        self._runner = interpreter.get_signature_runner(chosen) if chosen else None
        if self._runner:
            given, wanted = self._runner.get_input_details(), self._runner.get_output_details()
            sides = [[given[each.name] for each in session.inputs], [wanted[each.name] for each in session.outputs]]
        else:
            sides = [interpreter.get_input_details(), interpreter.get_output_details()]
        self._details = sides
        self.inputs, self.outputs = _ports(session.inputs, sides[0]), _ports(session.outputs, sides[1])

    def ask(self, arrays: list[Array]) -> list[Array]:
        """Takes and gives real numbers, even if the file is quantised."""
        given = [
            quantised.whole(array, port.quantised) if port.quantised else array
            for port, array in zip(self.inputs, arrays, strict=True)
        ]
        return [
            quantised.real(array, port.quantised) if port.quantised else array
            for port, array in zip(self.outputs, self._run(given), strict=True)
        ]

    def _run(self, arrays: list[Array]) -> list[Array]:
        if self._runner:
            found = self._runner(**{port.name: array for port, array in zip(self.inputs, arrays, strict=True)})
            return [found[port.name] for port in self.outputs]
        interpreter, (given, wanted) = self._interpreter, self._details
        for detail, array in zip(given, arrays, strict=True):
            interpreter.resize_tensor_input(detail["index"], array.shape)
        interpreter.allocate_tensors()
        for detail, array in zip(given, arrays, strict=True):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        return [interpreter.get_tensor(detail["index"]) for detail in wanted]


if __name__ == "__main__":
    program.run(read)
