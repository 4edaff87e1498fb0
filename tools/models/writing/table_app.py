"""app/main.py of a table model, and its answers."""

from __future__ import annotations

from typing import Any

from tools.models.reading import Column, Table
from tools.models.writing.source import field, handler, identifiers, literal, said, wrapped

# With more columns a row is a list: nobody writes so many fields by hand.
_MOST_FIELDS = 100
# Examples of the categories of an open column.
_MOST_SHOWN = 5
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
        self.is_named = table.is_named and (table.is_separate or len(table.columns) <= _MOST_FIELDS)

    @property
    def _looks_up(self) -> bool:
        """Whether the runtime makes numbers of categories itself."""
        return self.table.runtime == "catboost"

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
        tables = [name for name in ("Number",) if name in body]
        if not self._looks_up:
            tables.append("Table" if self.is_named else "matrix")
        runtime = ["Category"] * ("Category" in body) + ["Session"]
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
                    *([f"from serving.runtimes.tables import {', '.join(tables)}"] if tables else []),
                    f"from serving.runtimes.{self.table.runtime} import {', '.join(runtime)}",
                ]
            ),
            "",
            f'MODEL_FILE = __file__.removesuffix("app/main.py") + {literal(f"model/{self.model_file}")}',
            *(line for each in labels for line in wrapped(each)),
        ]

    def _row(self) -> list[str]:
        is_optional = any(column.is_optional for column in self.table.columns)
        missing = f"null is a missing {'number' if self._looks_up else 'value'}."
        if not self.is_named:
            return [*[f"# {missing}"] * is_optional, *wrapped(f"Row = {self._list(is_optional)}")]
        names = [column.name for column in self.table.columns]
        fields = zip(identifiers(names), self.table.columns, strict=True)
        return [
            "class Row(msgspec.Struct, forbid_unknown_fields=True):",
            *[f'    """{missing}"""', ""] * is_optional,
            *(line for name, column in fields for line in field(name, column.name, _type(column))),
        ]

    def _list(self, is_optional: bool) -> str:
        """The type of a row without names."""
        if self._looks_up:
            return f"tuple[{', '.join(map(_type, self.table.columns))}]"
        width = len(self.table.columns)
        return f"Annotated[list[Number{' | None' * is_optional}], Meta(min_length={width}, max_length={width})]"

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
        if self._looks_up:
            made = "[model.matrix(query.rows)]"
        found = "[found]" if self.table.outputs == 1 else "[_, found]"
        table = ["TABLE = Table(Row)", "", ""] if self.is_named and not self._looks_up else []
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
        is_list = self.table.runtime in ("onnxruntime", "catboost") and self.table.gets in (
            "value",
            "score",
            "probability",
        )
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
    types = {
        "text": "str",
        "truth": "bool",
        "code": "Annotated[float, Meta(ge=0, multiple_of=1)]",
        "integer": "Annotated[float, Meta(multiple_of=1)]",
    }
    type_ = f"Literal{literal(column.categories)}" if column.kind == "category" else types.get(column.kind, "Number")
    if column.kind == "open":
        shown = literal(column.categories[:_MOST_SHOWN])
        type_ = f"Annotated[Category, Meta(examples={shown})]" if column.categories else "Category"
    return f"{type_} | None" if column.is_optional else type_
