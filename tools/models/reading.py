"""What a model file says of its model. A reader of readers/ finds it out, and writing/ makes a folder of it.

The two run in different environments, the reader in that of the framework, so all this goes from one to the other as
JSON. A stranger's file may have written that JSON: what becomes part of a source is one of a few words, or a literal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

# How far serving may be off from the framework before the command ends.
REL, ABS = 1e-4, 1e-5
# Of what is told, a line: names in it may be out of a stranger's file.
_LONGEST = 300
# The exit status of a program that refuses a file.
REFUSED = 3


# They are parts of names in a source, so no others are taken.
Element = Annotated[str, Meta(pattern=r"\A(bool|string|float(32|64)|u?int(8|16|32|64))\Z")]
_Real = Annotated[str, Meta(pattern=r"\Afloat(32|64)\Z")]
_TableRuntime = Annotated[str, Meta(pattern=r"\A(onnxruntime|xgboost|lightgbm|catboost)\Z")]
_TensorRuntime = Annotated[str, Meta(pattern=r"\A(onnxruntime|litert)\Z")]
_TextRuntime = Annotated[str, Meta(pattern=r"\Aonnxruntime-texts\Z")]

# As it is written of a number, so that the two are one category.
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


class Refused(Exception):
    """The file cannot be taken: what is wrong, why, and what to do about it."""

    def __init__(self, what: str, why: str = "", then: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.then = what, why, then

    def lines(self) -> str:
        return "\n".join(map(line, (self.what, self.why, self.then)))


def line(words: str) -> str:
    """For a terminal, which no character of it steers."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


@contextmanager
def told() -> Iterator[None]:
    """For a program that the pipeline starts: what is refused stands on stdout, a line each, and the status is 3."""
    try:
        yield
        return
    except Refused as refused:
        print(refused.lines())
    except OSError as error:
        print(Refused(str(error.strerror or error), str(error.filename or "")).lines())
    sys.exit(REFUSED)


class Column(msgspec.Struct):
    name: str
    # A code is a category of which the file knows the number and not the name. Of an open one any text or whole
    # number is taken, and those listed are some of many.
    kind: Literal["number", "whole", "truth", "category", "code", "open", "text"] = "number"
    categories: list[int | str] = []
    # Whether a value may be missing.
    is_optional: bool = True


# What a row gets: a number; the probability of class 1; one for each class; the class; several numbers.
Gets = Literal["value", "score", "probability", "probabilities", "class", "values"]


class Table(msgspec.Struct, tag="table", kw_only=True):
    """A model of rows and columns."""

    runtime: _TableRuntime
    summary: str
    columns: list[Column]
    # Whether the file names its columns. Otherwise a row is a list.
    is_named: bool
    gets: Gets
    # How many numbers a row gets, and how many classes they tell apart.
    width: int = 1
    classes: int = 0
    # What the file calls the classes, if it does.
    labels: list[str] = []
    element: _Real = "float32"
    # Whether each column is a tensor of its own, and how many tensors come out: the label first, then the shares.
    is_separate: bool = False
    outputs: int = 1
    notes: list[str] = []
    rows: list[list[Any]]
    # What the framework says of the rows.
    answers: list[Any]


class Quantised(msgspec.Struct):
    """The whole numbers that a file has in the place of real ones: q stands for (q - zero_point) * scale."""

    element: Element
    scale: float
    zero_point: int


class Port(msgspec.Struct):
    """An input or an output of a model of tensors. Of its sizes, a name is one that each call chooses."""

    name: str
    # What goes in or comes out, be it turned into whole numbers on the way.
    element: Element
    sizes: list[int | str]
    quantised: Quantised | None = None


class Picture(msgspec.Struct):
    """How pictures become the one input of a classifier: (value - mean) / std of what is cut to width x height."""

    width: int
    height: int
    shorter_side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    # Channel by channel, or pixel by pixel.
    is_planar: bool
    # Whether what comes out is no probability yet.
    needs_softmax: bool = False


class Tensors(msgspec.Struct, tag="tensors", kw_only=True):
    """A model of tensors: any number goes in, any number comes out."""

    runtime: _TensorRuntime
    summary: str
    inputs: list[Port]
    outputs: list[Port]
    # Of several that the file has, the one that is served.
    signature: str | None = None
    signatures: list[str] = []
    # What whoever makes the folder should know.
    notes: list[str] = []
    # For a classifier of pictures; then a call is a file, and an answer its scores.
    picture: Picture | None = None
    # Whether the file itself says how pictures are prepared, and what it calls the classes.
    is_said: bool = False
    labels: list[str] = []
    # Of each call the inputs by their place, and what the framework gives for them.
    calls: list[list[Any]]
    answers: list[list[Any]]


class Texts(msgspec.Struct, tag="texts", kw_only=True):
    """A network that takes texts, with its tokenizer."""

    runtime: _TextRuntime
    summary: str
    # A vector; shares of one whole; or a share for each label, of which several may hold.
    gets: Literal["vector", "class", "labels"]
    labels: list[str] = []
    # How many tokens of a text are read.
    longest: int
    notes: list[str] = []
    texts: list[str]
    # Of each text what the framework gives, and how many tokens it makes of it.
    answers: list[list[float]]
    tokens: list[int]


Reading = Table | Tensors | Texts


def decoded(content: bytes, type_: Any) -> Any:
    """What a reader or a converter said, if it is that."""
    try:
        return msgspec.json.decode(content, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused("what was read of the model is no description of one", str(error), "") from None


def rows_of(samples: list[dict[str, str]], columns: list[Column]) -> list[list[Any]]:
    """The rows of a CSV file, by the names of the columns, or by their order where the model knows no names."""
    names = [column.name for column in columns]
    if missing := [name for name in names if samples and name not in samples[0]]:
        if len(missing) < len(names) or len(samples[0]) < len(names):
            raise Refused(
                f"the samples have no column {missing[0]!r}",
                f"they have {', '.join(samples[0])}; the model takes {', '.join(names)}",
                "give --samples a CSV file whose first line names the model's columns",
            )
        return [[_value(text, column) for text, column in zip(row.values(), columns)] for row in samples]  # noqa: B905
    return [[_value(row[column.name], column) for column in columns] for row in samples]


def coded(columns: list[Column], rows: list[list[Any]]) -> list[list[Any]]:
    """The rows as the model takes them: of a category its place among the categories."""
    return [
        [
            column.categories.index(value) if column.kind == "category" and value is not None else value
            for value, column in zip(row, columns, strict=True)
        ]
        for row in rows
    ]


def _value(text: str, column: Column) -> Any:
    if column.kind == "open":
        return int(text) if _WHOLE.fullmatch(text) else text
    if text.strip() in ("", "NA", "NaN", "nan", "null"):
        return None
    if column.kind == "text":
        return text
    if column.kind == "category":
        found = [category for category in column.categories if str(category) == text]
        if not found:
            raise Refused(
                f"the samples hold {text!r} in the column {column.name}",
                f"the model knows {', '.join(map(str, column.categories))}",
                "take the line out of the samples, or mend it",
            )
        return found[0]
    if column.kind == "truth" and text.strip().lower() in _TRUTHS:
        return _TRUTHS[text.strip().lower()]
    try:
        number = float(text)
        return int(number) if number.is_integer() else number
    except ValueError:
        raise Refused(
            f"the samples hold {text!r} in the column {column.name}, which is a number", "", "mend the samples"
        ) from None
