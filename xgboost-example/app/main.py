"""Predicts the price of a home from 13 numbers.

It uses os.path because pathlib takes 5 ms to import.
"""
# ruff: noqa: PTH100, PTH118, PTH119, PTH123

import hashlib
import os
from typing import Annotated, NamedTuple, Protocol

import msgspec
from msgspec import Meta

import serving
from app.columns import COLUMNS, EXAMPLES, WIDTH
from app.rows import Input, Row, are_rows, rows_of
from serving.runtimes.session import rounded

MODEL_FILE = os.path.abspath(os.path.join(__file__, "..", "..", "model", "model.ubj"))
DEMONSTRATION = "Trained on 506 neighbourhoods of 1970s Boston, to show how this works. Use it for nothing real."


# Clients compare this text, so the misspelling stays.
MESSAGE = "Succesful Prediction"


class Query(msgspec.Struct, forbid_unknown_fields=True):
    input_X: Input


PRICE = Meta(description="Median price of a home there", extra_json_schema={"x-unit": "thousand dollars"})


class Answer(msgspec.Struct, omit_defaults=True):
    message: str
    prediction: Annotated[float | msgspec.UnsetType, PRICE] = msgspec.UNSET
    predictions: list[Annotated[float, PRICE]] | msgspec.UnsetType = msgspec.UNSET


class Forest(Protocol):
    """Rows in, predictions out: the interface of app.fast and app.native."""

    width: int

    def predict(self, rows: list[Row]) -> list[float]: ...


class Model(NamedTuple):
    version: str
    backend: str
    forest: Forest


def load() -> Model:
    with open(MODEL_FILE, "rb") as file:
        version = hashlib.sha256(file.read()).hexdigest()[:12]
    name = os.environ.get("BACKEND", "fast")
    forest = read(name, MODEL_FILE)
    if forest.width != WIDTH:
        raise ValueError(f"{os.path.basename(MODEL_FILE)} has {forest.width} columns, app/columns.py {WIDTH}")
    return Model(version, name, forest)


def read(name: str, file: str) -> Forest:
    """The model in the given back end. Only that back end is imported: imports are most of a cold start."""
    if name == "fast":
        from app import fast

        return fast.Forest(file)
    if name == "native":
        from app import native

        return native.Forest(file)
    raise ValueError(f"BACKEND={name!r} is unknown: it can be 'fast' or 'native'")


def predict(model: Model, query: Query) -> Answer:
    rows, many = rows_of(query.input_X)
    predictions = rounded(model.forest.predict(rows))
    return Answer(MESSAGE, predictions=predictions) if many else Answer(MESSAGE, prediction=predictions[0])


def predict_many(model: Model, queries: list[Query]) -> list[Answer | serving.Invalid]:
    """The answers to a batch of queries, computed in one call; for each refused query, the error instead."""
    given = [query.input_X for query in queries]
    if are_rows(given):
        return [Answer(MESSAGE, prediction=each) for each in rounded(model.forest.predict(given))]
    asked = [rows_or_why_not(query) for query in queries]
    rows = [row for each in asked if not isinstance(each, serving.Invalid) for row in each[0]]
    predictions = rounded(model.forest.predict(rows)) if rows else []
    answers: list[Answer | serving.Invalid] = []
    first = 0
    for each in asked:
        if isinstance(each, serving.Invalid):
            answers.append(each)
            continue
        count, many = len(each[0]), each[1]
        if many:
            answers.append(Answer(MESSAGE, predictions=predictions[first : first + count]))
        else:
            answers.append(Answer(MESSAGE, prediction=predictions[first]))
        first += count
    return answers


def rows_or_why_not(query: Query) -> tuple[list[Row], bool] | serving.Invalid:
    try:
        return rows_of(query.input_X)
    except serving.Invalid as invalid:
        return invalid


handler = serving.Handler(
    load,
    predict,
    title="Home prices",
    description="XGBoost on the Boston housing data.",
    license="Apache-2.0",
    example={"input_X": [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]},
    examples=lambda _: EXAMPLES,
    columns=COLUMNS,
    predict_many=predict_many,
    about=lambda model: {"version": model.version, "backend": model.backend, "note": DEMONSTRATION},
)
