"""README.md of a new folder: request, answer, and how to use it."""

from __future__ import annotations

import json
from typing import Any

from tools.models.writing import sizes
from tools.models.writing.source import plain, said

# Longer lists are shortened to three items and this.
_MOST_ITEMS, _MORE = 12, "…"
_MEANINGS = {
    "number": "a number",
    "whole": "a number, mostly a whole one",
    "integer": "a whole number",
    "truth": "true or false",
    "code": "the number of a category",
    "text": "text",
}

_BESIDE = (
    "[model/categories.bin](model) contains CatBoost's statistics of the categories; it belongs to this model.onnx.\n"
    "A category that was not in the training data gets the answer that CatBoost gives. For a missing one, send the\n"
    "text that replaced it in training."
)


def text(
    name: str, title: str, summary: str, request: Any, answer: Any, model_file: str, notes: list[str], came_from: str
) -> str:
    parts = [
        f"# {name}",
        f"{title}: {said(summary)}.",
        "## Request and answer",
        f"    POST /predict\n{_indented(request)}",
        _indented(answer),
        *notes,
        "`GET /` is a page to try it by hand, `GET /openapi.json` the exact rules. [events/](events) holds requests\n"
        "with the answers that the framework itself gave: a version that answers otherwise does not go live.",
        "## The next model",
        *_came(came_from, model_file),
        f"Put it in the place of [model/{model_file}](model) and write down what it answers:",
        f"```sh\nbash pipeline.sh -s local -r -p ./{name} -d\nbash pipeline.sh -s local -m ./{name} --record\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _came(came_from: str, model_file: str) -> list[str]:
    """The note about a file that was converted."""
    if not came_from:
        return []
    came_from = plain(came_from)
    command = f"`bash pipeline.sh --new NAME --from {came_from}`"
    return [
        f"model/{model_file} was made of {came_from}, by {command}.\nThe next one is made so too, under another name."
    ]


def columns(found: list[Any]) -> list[str]:
    """One line per column of a table."""
    if not found:
        return []
    lines = ["| column | |", "|---|---|"]
    for column in found:
        lines.append(f"| `{plain(column.name)}` | {_meaning(column)} |")
    beside = [_BESIDE] if any(column.kind == "open" for column in found) else []
    what = "number" if beside else "value"
    missing = [f"`null` is a missing {what}."] if any(column.is_optional for column in found) else []
    return ["\n".join(lines), *missing, *beside]


def _meaning(column: Any) -> str:
    if column.kind == "open":
        known = f"; the model knows {_list(column.categories)} and maybe others" if column.categories else ""
        return f"a category, text or a whole number{known}"
    return _MEANINGS.get(column.kind) or _list(column.categories)


def ports(model: Any) -> list[str]:
    """One line per input and output tensor."""
    lines = ["| | | |", "|---|---|---|"]
    for side, found in (("in", model.inputs), ("out", model.outputs)):
        for port in found:
            lines.append(
                f"| {side} | `{plain(port.name)}` | {_element(port)}, {plain(sizes.written(port)) or 'one value'} |"
            )
    return ["\n".join(lines)]


def _element(port: Any) -> str:
    if not port.quantised:
        return str(port.element)
    return f"{port.element}, which the file keeps as {port.quantised.element} in steps of {port.quantised.scale:.4g}"


def texts(longest: int, openai: str) -> list[str]:
    """How much of a text is read, and which other clients can be used."""
    notes = [f"`input` is a text or a list of texts. Of each the first {longest} tokens are read, as in the framework."]
    if openai:
        notes.append(
            f"`POST {openai}` answers clients of OpenAI:\n\n```python\nfrom openai import OpenAI\n\n"
            'client = OpenAI(base_url="ADDRESS/v1", api_key="none")  # ADDRESS: API_URL without /predict\n'
            'client.embeddings.create(model="any", input=["A text.", "Another."]).data[0].embedding\n```'
        )
    return notes


def _list(categories: list[Any]) -> str:
    shown = ", ".join(f"`{plain(json.dumps(each, ensure_ascii=False))}`" for each in categories[:12])
    return shown if len(categories) <= 12 else f"{shown} … ({len(categories)} in all)"


def _indented(value: Any) -> str:
    return "    " + json.dumps(_shortened(value), ensure_ascii=False).replace(f'"{_MORE}"', _MORE)


def _shortened(value: Any) -> Any:
    """Shortens long lists: nobody reads a picture's numbers."""
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    first = [_shortened(inner) for inner in value[:_MOST_ITEMS]]
    return [*first[:3], _MORE] if len(value) > _MOST_ITEMS else first
