"""app/main.py of a table model, and its answers."""

from __future__ import annotations

from typing import Any

from tools.models.reading import Column, Table
from tools.models.writing.source import field, handler, identifiers, literal, said, wrapped

# With more columns a row is a list: nobody writes so many fields by hand.
_MOST_FIELDS = 100
MOST_ROWS = 10_000

_ANSWERS = {
    "value": ("predictions", "list[float]"),
    "score": ("scores", "list[float]"),
    "probability": ("probabilities", "list[float]"),
    "probabilities": ("probabilities", "list[list[float]]"),
    "class": ("classes", "list[int]"),
    "values": ("predictions", "list[list[float]]"),
}
_MEANINGS = {
    "value": "One for each row",
    "score": "One for each row: the higher, the better",
    "probability": "Of class 1, for each row",
    "probabilities": "Of each class in turn, for each row",
    "class": "The number of the class, for each row",
    "values": "Several for each row",
}


class App:
    """The app of one model. Labels are the names of the classes, or empty."""

    def __init__(self, table: Table, title: str, model_file: str, labels: list[str]) -> None:
        self.table, self.title, self.model_file, self.labels = table, title, model_file, labels
        self.is_named = table.is_named and len(table.columns) <= _MOST_FIELDS

    # --- requests and answers --------------------------------------------------------------------

    def body(self, rows: list[list[Any]]) -> dict[str, Any]:
        names = [column.name for column in self.table.columns]
        return {"rows": [dict(zip(names, row, strict=True)) for row in rows] if self.is_named else rows}

    def answer(self, answers: list[Any]) -> dict[str, Any]:
        """The app's answer if the framework gives these results."""
        if self.labels:
            return {"predictions": [self._labelled(answer) for answer in answers]}
        if self.table.gets == "class":
            return {"classes": [int(answer) for answer in answers]}
        return {_ANSWERS[self.table.gets][0]: answers}

    def _labelled(self, answer: Any) -> Any:
        if self.table.gets == "class":
            return self.labels[int(answer)]
        shares = answer if isinstance(answer, list) else [round(1 - answer, 7), answer]
        by_label = dict(zip(self.labels, shares, strict=True))
        return {"label": max(by_label, key=lambda label: by_label[label]), "probabilities": by_label}

    @property
    def answer_key(self) -> str:
        return "predictions" if self.labels else _ANSWERS[self.table.gets][0]

    def refused(self) -> dict[str, Any]:
        """An invalid request: text instead of a number."""
        body = self.body([list(self.table.rows[0])])
        row = body["rows"][0]
        row[next(iter(row)) if isinstance(row, dict) else 0] = {}
        return body

    # --- the source ------------------------------------------------------------------------------

    def source(self) -> str:
        parts = [self._head(), self._row(), self._query(), self._answer(), self._functions(), self._handler()]
        return "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    def _head(self) -> list[str]:
        body = "\n".join("\n".join(part) for part in (self._row(), self._query(), self._answer()))
        typing = [name for name in ("Annotated", "Literal") if f"{name}[" in body]
        tables = [name for name in ("Number", "Table") if name in body or (name == "Table" and self.is_named)]
        if not self.is_named:
            tables = [*tables, "matrix"]
        body = "\n".join(self._functions())
        labels = [f"LABELS = {literal(self.labels)}"] if "LABELS" in body else []
        return [
            f'"""{self.title}: {said(self.table.summary)}."""',
            "",
            f"from typing import {', '.join(typing)}",
            "",
            "import msgspec",
            "from msgspec import Meta",
            "",
            "import serving",
            *sorted(
                [
                    f"from serving.runtimes.tables import {', '.join(tables)}",
                    f"from serving.runtimes.{self.table.runtime} import Session",
                ]
            ),
            "",
            f'MODEL_FILE = __file__.removesuffix("app/main.py") + {literal(f"model/{self.model_file}")}',
            *(line for each in labels for line in wrapped(each)),
        ]

    def _row(self) -> list[str]:
        if not self.is_named:
            width = len(self.table.columns)
            if not any(column.is_optional for column in self.table.columns):
                return [f"Row = Annotated[list[Number], Meta(min_length={width}, max_length={width})]"]
            return [
                "# null is a missing value.",
                f"Row = Annotated[list[Number | None], Meta(min_length={width}, max_length={width})]",
            ]
        names = [column.name for column in self.table.columns]
        fields = zip(identifiers(names), self.table.columns, strict=True)
        return [
            "class Row(msgspec.Struct, forbid_unknown_fields=True):",
            *(
                ['    """null is a missing value."""', ""]
                if any(column.is_optional for column in self.table.columns)
                else []
            ),
            *(line for name, column in fields for line in field(name, column.name, _type(column))),
        ]

    def _query(self) -> list[str]:
        return [
            "class Query(msgspec.Struct, forbid_unknown_fields=True):",
            f"    rows: Annotated[list[Row], Meta(min_length=1, max_length={MOST_ROWS:_})]",
        ]

    def _answer(self) -> list[str]:
        if not self.labels:
            key, type_ = _ANSWERS[self.table.gets]
            meaning = literal(_MEANINGS[self.table.gets])
            return [
                "class Answer(msgspec.Struct):",
                f"    {key}: Annotated[{type_}, Meta(description={meaning})]",
            ]
        if self.table.gets == "class":
            return ["class Answer(msgspec.Struct):", "    predictions: list[str]"]
        return [
            "class Prediction(msgspec.Struct):",
            "    label: str",
            "    probabilities: dict[str, float]",
            "",
            "",
            "class Answer(msgspec.Struct):",
            "    predictions: list[Prediction]",
        ]

    def _functions(self) -> list[str]:
        made = f"[{'TABLE.' * self.is_named}matrix({literal(self.table.element)}, query.rows)]"
        if self.table.is_separate:
            made = "TABLE.columns(model.inputs, query.rows)"
        found = "[found]" if self.table.outputs == 1 else "[_, found]"
        table = ["TABLE = Table(Row)", "", ""] if self.is_named else []
        return [
            *table,
            "def load() -> Session:",
            "    return Session(MODEL_FILE)",
            "",
            "",
            "def predict(model: Session, query: Query) -> Answer:",
            f"    {found} = model.run({made})",
            f"    return Answer({self._result()})",
            *self._labelling(),
        ]

    def _result(self) -> str:
        # ONNX gives a list for each row, even of one number.
        is_list = self.table.runtime == "onnxruntime" and self.table.gets in ("value", "score", "probability")
        if not self.labels:
            if self.table.gets == "class":
                return "[int(number) for number in found.numbers]"
            return "[number for [number] in found.nested()]" if is_list else "found.nested()"
        if self.table.gets == "class":
            return "[LABELS[int(number)] for number in found.numbers]"
        if self.table.gets == "probability":
            item = "[probability]" if is_list else "probability"
            return f"[labelled([round(1 - probability, 7), probability]) for {item} in found.nested()]"
        return "[labelled(probabilities) for probabilities in found.nested()]"

    def _labelling(self) -> list[str]:
        if not self.labels or self.table.gets == "class":
            return []
        return [
            "",
            "",
            "def labelled(probabilities: list[float]) -> Prediction:",
            "    by_label = dict(zip(LABELS, probabilities, strict=True))",
            "    return Prediction(max(by_label, key=lambda label: by_label[label]), by_label)",
        ]

    def _handler(self) -> list[str]:
        example = f"example={literal(self.body(self.table.rows[:1]))},"
        return handler(self.title, self.table.summary, [example])


def _type(column: Column) -> str:
    types = {"text": "str", "truth": "bool", "code": "Annotated[float, Meta(ge=0, multiple_of=1)]"}
    type_ = f"Literal{literal(column.categories)}" if column.kind == "category" else types.get(column.kind, "Number")
    return f"{type_} | None" if column.is_optional else type_
