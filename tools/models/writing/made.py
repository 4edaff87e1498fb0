"""What to write for a description of any kind of model: an app, its events, and notes for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from tools.models.reading import ABS, REL, Reading, Table, Tensors, Texts
from tools.models.writing import readme
from tools.models.writing.picture_app import TOLERANCE
from tools.models.writing.picture_app import App as PictureApp
from tools.models.writing.table_app import App as TableApp
from tools.models.writing.tensor_app import MOST_SHOWN, count
from tools.models.writing.tensor_app import App as TensorApp
from tools.models.writing.text_app import OPENAI
from tools.models.writing.text_app import App as TextApp


class Made(NamedTuple):
    reading: Reading
    app: TableApp | TensorApp | PictureApp | TextApp
    # Requests and the framework's answers, by the name of the event.
    good: dict[str, tuple[Any, Any]]
    # Requests that are compared, but do not become events.
    compared: list[tuple[Any, Any]]
    notes: list[str]
    # The runtime whose lock is in building/runtimes.
    runtime: str
    tolerance: dict[str, float] = {"rel": REL, "abs": ABS}  # noqa: RUF012 - nobody changes it
    refusal: str = "wrong-type"
    # The paths of events that do not use /predict, by name.
    paths: dict[str, str] = {}  # noqa: RUF012
    # Files to copy to events/, and the lines of model/labels.txt.
    pictures: list[Path] = []  # noqa: RUF012
    labels: list[str] = []  # noqa: RUF012


def of(reading: Reading, title: str, model_file: str, labels: list[str]) -> Made:
    if isinstance(reading, Table):
        return of_table(reading, title, model_file, labels)
    if isinstance(reading, Texts):
        return of_texts(reading, title, model_file, labels)
    if reading.picture:
        return of_pictures(reading, title, model_file, labels)
    return of_tensors(reading, title, model_file)


def of_table(table: Table, title: str, model_file: str, labels: list[str]) -> Made:
    app = TableApp(table, title, model_file, labels)
    pairs = {
        name: (app.body(table.rows[:count]), app.answer(table.answers[:count]))
        for name, count in (("one-row", 1), ("two-rows", 2))
    }
    everything = (app.body(table.rows), app.answer(table.answers))
    # CatBoost's is ONNX Runtime, with a step of our own before it.
    runtime = "onnxruntime" if table.runtime == "catboost" else table.runtime
    return Made(table, app, pairs, [everything], readme.columns(table.columns), runtime)


def of_tensors(model: Tensors, title: str, model_file: str) -> Made:
    app = TensorApp(model, title, model_file)
    pairs = [(app.body(call), app.answer(answer)) for call, answer in zip(model.calls, model.answers, strict=True)]
    is_large = count(model.calls[0]) > MOST_SHOWN
    names = ("one-call",) if is_large else ("one-call", "another-call")
    good = dict(zip(names, pairs))  # noqa: B905 - there may be one
    return Made(model, app, good, pairs, readme.ports(model), model.runtime)


def of_pictures(model: Tensors, title: str, model_file: str, labels: list[str]) -> Made:
    app = PictureApp(model, title, model_file, labels)
    files = [file for [file] in model.calls]
    answers = [app.answer(scores) for scores in model.answers]
    good = {Path(file).stem: (app.event_body(file), answer) for file, answer in zip(files[:2], answers, strict=False)}
    compared = [(app.body(file), answer) for file, answer in zip(files, answers, strict=True)]
    notes = ["A picture goes in by its address (`input_url`), as base64 (`data`), or as the body itself."]
    shown = [Path(file) for file in files[:2]]
    runtime = f"{model.runtime}-pictures"
    rest: Any = {"refusal": "not-a-picture", "pictures": shown, "labels": app.labels}
    return Made(model, app, good, compared, notes, runtime, TOLERANCE, **rest)


def of_texts(model: Texts, title: str, model_file: str, labels: list[str]) -> Made:
    app = TextApp(model, title, model_file, labels)

    def pair(count: int) -> tuple[Any, Any]:
        return app.body(model.texts[:count]), app.answer(model.answers[:count], model.tokens[:count])

    good, paths = {"one-text": pair(1), "two-texts": pair(2)}, {}
    if model.gets == "vector":
        good["openai-client"], paths["openai-client"] = app.openai_pair(), OPENAI
    compared = [pair(1), pair(2), pair(len(model.texts))]
    notes = readme.texts(model.longest, OPENAI if paths else "")
    return Made(model, app, good, compared, notes, model.runtime, {"rel": REL, "abs": REL}, paths=paths)
