"""app/main.py of a tensor model, and its answers."""

from __future__ import annotations

from typing import Any

from tools.models.reading import Port, Tensors
from tools.models.writing import sizes
from tools.models.writing.source import field, handler, identifiers, literal, said

# A longer example would clutter the source, and one such event is enough.
MOST_SHOWN = 200
_IN_JSON = {"bool": "bool", "string": "str"}
_CLASSES = {"uint8": "UInt8", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64"}


class App:
    """The app of one model."""

    def __init__(self, model: Tensors, title: str, model_file: str) -> None:
        self.model, self.title, self.model_file = model, title, model_file

    # --- requests and answers --------------------------------------------------------------------

    def body(self, call: list[Any]) -> dict[str, Any]:
        return {port.name: value for port, value in zip(self.model.inputs, call, strict=True)}

    def answer(self, answers: list[Any]) -> dict[str, Any]:
        """The app's answer if the framework gives these results."""
        return {port.name: value for port, value in zip(self.model.outputs, answers, strict=True)}

    def refused(self) -> dict[str, Any]:
        """An invalid request: an object instead of numbers."""
        return {self.model.inputs[0].name: {}}

    # --- the source ------------------------------------------------------------------------------

    def source(self) -> str:
        parts = [self._head(), self._query(), self._answer(), self._functions(), self._handler()]
        return "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    def _head(self) -> list[str]:
        elements = {_element(port) for port in self.model.inputs} - {*_IN_JSON.values()}
        query = "\n".join(self._query() + self._answer())
        typing = ["from typing import Annotated", ""] if "Annotated[" in query else []
        meta = ["from msgspec import Meta"] if "Meta(" in query else []
        return [
            f'"""{self.title}: {said(self.model.summary)}."""',
            "",
            *typing,
            "import msgspec",
            *meta,
            "",
            "import serving",
            f"from serving.runtimes.{self.model.runtime} import Session",
            *(["from serving.runtimes.quantisation import Real"] if self._is_quantised else []),
            f"from serving.runtimes.tensors import {', '.join([*sorted(elements), 'run'])}",
            "",
            f'MODEL_FILE = __file__.removesuffix("app/main.py") + {literal(f"model/{self.model_file}")}',
        ]

    @property
    def _is_quantised(self) -> bool:
        return any(port.quantised for port in (*self.model.inputs, *self.model.outputs))

    def _query(self) -> list[str]:
        return [
            "class Query(msgspec.Struct, forbid_unknown_fields=True):",
            *_fields(self.model.inputs, lambda port: _described(_lists(port.sizes, _element(port), exact=True), port)),
        ]

    def _answer(self) -> list[str]:
        return [
            "class Answer(msgspec.Struct):",
            *_fields(self.model.outputs, lambda port: _described(_lists(port.sizes, _plain(port), exact=False), port)),
        ]

    def _functions(self) -> list[str]:
        signature = f", {literal(self.model.signature)}" if self.model.signature else ""
        type_, session = "Session", f"Session(MODEL_FILE{signature})"
        if self._is_quantised:
            type_, session = "Real", f"Real({session})"
        return [
            f"def load() -> {type_}:",
            f"    return {session}",
            "",
            "",
            f"def predict(model: {type_}, query: Query) -> Answer:",
            "    return run(model, query, Answer)",
        ]

    def _handler(self) -> list[str]:
        call = min(self.model.calls[:3], key=count)
        shown = [f"example={literal(self.body(call))},"] if count(call) <= MOST_SHOWN else []
        return handler(self.title, self.model.summary, shown)


def _fields(ports: list[Port], type_of: Any) -> list[str]:
    names = identifiers([port.name for port in ports])
    return [line for name, port in zip(names, ports, strict=True) for line in field(name, port.name, type_of(port))]


def _element(port: Port) -> str:
    return _IN_JSON.get(port.element) or _CLASSES.get(port.element) or port.element.capitalize()


def _plain(port: Port) -> str:
    return _IN_JSON.get(port.element) or ("float" if port.element.startswith("float") else "int")


def _lists(sizes: list[int | str], inner: str, *, exact: bool) -> str:
    """Nested lists. Only the innermost states its length: the type for a picture would be unreadable otherwise."""
    type_ = inner
    for depth, size in enumerate(reversed(sizes)):
        type_ = f"list[{type_}]"
        if exact and depth == 0 and isinstance(size, int):
            type_ = f"Annotated[{type_}, Meta(min_length={size}, max_length={size})]"
    return type_


def _described(type_: str, port: Port) -> str:
    """Adds the shape, with the file's names of sizes, if there are several dimensions."""
    if len(port.sizes) < 2:
        return type_
    return f"Annotated[{type_}, Meta(description={literal(sizes.written(port))})]"


def count(value: Any) -> int:
    return sum(map(count, value)) if isinstance(value, list) else 1
