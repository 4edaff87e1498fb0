"""app/main.py of a text model, and its answers."""

from __future__ import annotations

from typing import Any

from tools.models.reading import Texts
from tools.models.writing.source import handler, literal, said, wrapped

OPENAI = "/v1/embeddings"
_LIKELY = 0.5


class App:
    """The app of one model. Labels are the names of the classes, in their order."""

    def __init__(self, model: Texts, title: str, model_file: str, labels: list[str]) -> None:
        self.model, self.title, self.model_file = model, title, model_file
        self.labels = labels or model.labels

    # --- requests and answers --------------------------------------------------------------------

    def body(self, texts: list[str]) -> dict[str, Any]:
        """A single text is sent without a list, as people write it."""
        return {"input": texts if len(texts) != 1 else texts[0]}

    def answer(self, answers: list[list[float]], tokens: list[int]) -> dict[str, Any]:
        """The app's answer if the framework gives these results."""
        if self.model.gets == "vector":
            return {"embeddings": answers, "usage": _usage(tokens)}
        return {"predictions": [self._prediction(shares) for shares in answers]}

    def openai_pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A request as OpenAI's clients send it, and its answer."""
        data = [{"index": 0, "embedding": self.model.answers[0], "object": "embedding"}]
        answer = {"data": data, "model": "any", "usage": _usage(self.model.tokens[:1]), "object": "list"}
        return {**self.body(self.model.texts[:1]), "model": "any"}, answer

    def _prediction(self, shares: list[float]) -> dict[str, Any]:
        by_label = dict(zip(self.labels, shares, strict=True))
        if self.model.gets == "labels":
            return {
                "labels": [label for label, share in by_label.items() if share >= _LIKELY],
                "probabilities": by_label,
            }
        return {"label": max(by_label, key=lambda label: by_label[label]), "probabilities": by_label}

    def refused(self) -> dict[str, Any]:
        """An invalid request: a number instead of a text."""
        return {"input": 1}

    # --- the source ------------------------------------------------------------------------------

    def source(self) -> str:
        parts = [self._head(), *self._answer(), *self._functions(), self._handler()]
        return "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    def _head(self) -> list[str]:
        is_vector = self.model.gets == "vector"
        return [
            f'"""{self.title}: {said(self.model.summary)}."""',
            "",
            *([] if is_vector else ["import msgspec", ""]),
            "import serving",
            "from serving import texts",
            "",
            'FOLDER = __file__.removesuffix("app/main.py") + "model/"',
            *([] if is_vector else wrapped(f"LABELS = {literal(self.labels)}")),
        ]

    def _answer(self) -> list[list[str]]:
        if self.model.gets == "vector":
            return []
        return [
            [
                "class Prediction(msgspec.Struct):",
                "    label: str" if self.model.gets == "class" else "    labels: list[str]",
                "    probabilities: dict[str, float]",
            ],
            ["class Answer(msgspec.Struct):", "    predictions: list[Prediction]"],
        ]

    def _functions(self) -> list[list[str]]:
        load = ["def load() -> texts.Network:", "    return texts.Network(FOLDER)"]
        if self.model.gets == "vector":
            predict = [
                "def predict(model: texts.Network, query: texts.Query) -> texts.Embeddings:",
                "    return texts.embeddings(model, query)",
            ]
            return [load, predict]
        predict = [
            "def predict(model: texts.Network, query: texts.Query) -> Answer:",
            "    found = model.run(texts.listed(query))",
            "    return Answer([labelled(row.nested()) for row in found.rows])",
        ]
        best = "max(by_label, key=lambda label: by_label[label])"
        if self.model.gets == "labels":
            best = f"[label for label, share in by_label.items() if share >= {_LIKELY}]"
        labelled = [
            "def labelled(probabilities: list[float]) -> Prediction:",
            "    by_label = dict(zip(LABELS, probabilities, strict=True))",
            f"    return Prediction({best}, by_label)",
        ]
        return [load, predict, labelled]

    def _handler(self) -> list[str]:
        example = literal(self.body(self.model.texts[:1]))
        lines = handler(self.title, self.model.summary, [f"example={example},"])
        if self.model.gets != "vector":
            return lines
        summary = literal("The same for clients of OpenAI")
        added = f'handler.add("POST", "{OPENAI}", texts.openai, summary={summary}, example={example})'
        return [*lines, *wrapped(added)]


def _usage(tokens: list[int]) -> dict[str, int]:
    return {"prompt_tokens": sum(tokens), "total_tokens": sum(tokens)}
