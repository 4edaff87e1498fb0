"""Two small models to serve in tests, of the kinds this repository holds."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

import serving

# --- a table of numbers ---------------------------------------------------------------------------

WIDTH = 3
_NUMBER = {"type": ["number", "null"], "minimum": -1e38, "maximum": 1e38}
_ROW = {"type": "array", "items": _NUMBER, "minItems": WIDTH, "maxItems": WIDTH}
_Number = Annotated[float, Meta(ge=-1e38, le=1e38)] | None


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """A row of numbers, or a list of rows."""

    input_X: Annotated[
        list[_Number | list[_Number]],
        Meta(
            min_length=1,
            extra_json_schema={
                "anyOf": [_ROW, {"type": "array", "items": _ROW, "minItems": 1}],
            },
        ),
    ]


class Sum(msgspec.Struct, omit_defaults=True):
    message: str
    prediction: float | None = None
    predictions: list[float] | None = None


def load() -> float:
    return 1.0


def add_up(model: float, table: Table) -> Sum:
    """The sum of a row, or of each row."""
    first, *_ = table.input_X
    if not isinstance(first, list):
        return Sum("Successful", prediction=model * _sum(table.input_X, "input_X"))
    sums = [_sum(row, f"input_X[{index}]") for index, row in enumerate(table.input_X)]
    return Sum("Successful", predictions=[model * one for one in sums])


def _sum(row: Any, field: str) -> float:
    if not isinstance(row, list):
        raise serving.Invalid(f"{field} must be a row.", field=field, code="wrong_type")
    if len(row) != WIDTH:
        raise serving.Invalid(f"{field} must hold 3 numbers.", field=field, code="wrong_length")
    for index, value in enumerate(row):
        if isinstance(value, list):
            where = f"{field}[{index}]"
            raise serving.Invalid(f"{where} must be a number.", field=where, code="wrong_type")
    return sum(value or 0.0 for value in row)


def make_table_handler(**options: Any) -> serving.Handler[float]:
    settings: dict[str, Any] = {
        "path": "/predict",
        "name": "sums",
        "title": "Sums",
        "description": "Adds up three numbers.",
        "example": {"input_X": [1, 2.5, None]},
        "examples": lambda _: {"Tens": {"input_X": [10, 20, 30]}, "Two rows": {"input_X": [[1, 2, 3], [4, 5, 6]]}},
        "columns": [{"name": name, "description": f"The number {name}"} for name in "abc"],
        "about": lambda _: {"version": "7"},
    }
    return serving.Handler(load, add_up, **{**settings, **options})


# --- a picture ------------------------------------------------------------------------------------


class Picture(msgspec.Struct, forbid_unknown_fields=True):
    """An image, by its address or its bytes."""

    input_url: str | None = None
    data: bytes | None = None


class Labels(msgspec.Struct):
    message: str
    prediction: list[tuple[str, float]]


def label(_: float, picture: Picture) -> Labels:
    """The same labels for every picture, and more for one that came with its bytes."""
    labels = [("tabby cat", 91.25), ("tiger cat", 6.5), ("lynx", 0.8)]
    return Labels("Successful", labels if picture.data else labels[:1])


def make_picture_handler(**options: Any) -> serving.Handler[float]:
    readers = {"image/*": lambda body: Picture(data=body)}
    return serving.Handler(load, label, path="/predict", name="labels", **{"body_readers": readers, **options})


# --- a picture and a text beside it ---------------------------------------------------------------


class Noted(msgspec.Struct, forbid_unknown_fields=True):
    picture: bytes
    note: str


class Size(msgspec.Struct):
    note: str
    size: int


def measure(_: float, noted: Noted) -> Size:
    return Size(noted.note, len(noted.picture))


def make_note_handler(**options: Any) -> serving.Handler[float]:
    return serving.Handler(load, measure, path="/measure", name="notes", **options)
