"""The description of a model, found in its file by a reader of readers/. writing/ makes a folder from it.

The two run in different environments, the reader in the framework's, so the description travels as JSON. A stranger's
file may have written that JSON: only words from a fixed set, or literals, may become part of source code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

# The largest deviation between serving and the framework that is accepted.
REL, ABS = 1e-4, 1e-5
# The longest line shown to people: names in it may come from a stranger's file.
_LONGEST = 300
# The exit status of a program that refuses a file.
REFUSED = 3


# These become parts of names in source code, so no others are accepted.
Element = Annotated[str, Meta(pattern=r"\A(bool|string|float(32|64)|u?int(8|16|32|64))\Z")]
_Real = Annotated[str, Meta(pattern=r"\Afloat(32|64)\Z")]
_TableRuntime = Annotated[str, Meta(pattern=r"\A(onnxruntime|xgboost|lightgbm|catboost)\Z")]
_TensorRuntime = Annotated[str, Meta(pattern=r"\A(onnxruntime|litert)\Z")]
_TextRuntime = Annotated[str, Meta(pattern=r"\Aonnxruntime-texts\Z")]

# As in serving.runtimes.tables, which the converters' containers do not hold: what stands for a missing text in ONNX.
MISSING_TEXT = "\ufdd0"

# As it is written of a number, so that the two are one category.
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


class Refused(Exception):
    """The file is refused: what is wrong, why, and what to do about it."""

    def __init__(self, what: str, why: str = "", then: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.then = what, why, then

    def lines(self) -> str:
        return "\n".join(map(line, (self.what, self.why, self.then)))


def line(words: str) -> str:
    """One line for a terminal, without control characters."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


@contextmanager
def told() -> Iterator[None]:
    """For programs that the pipeline starts: print a refusal on stdout, one line each, and exit with status 3."""
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
    # A code is a category whose number is in the file, but not its name. An open column takes any text or whole number;
    # the categories listed for it are examples.
    # An integer has no fraction: a model that takes it for a category would cut it off.
    kind: Literal["number", "whole", "integer", "truth", "category", "code", "open", "text"] = "number"
    categories: list[int | str] = []
    # Whether a value may be missing.
    is_optional: bool = True


# The result for a row: a number; the probability of class 1; one for each class; the class; several numbers.
Gets = Literal["value", "score", "probability", "probabilities", "class", "values"]


class Table(msgspec.Struct, tag="table", kw_only=True):
    """A model of rows and columns."""

    runtime: _TableRuntime
    summary: str
    columns: list[Column]
    # Whether the file names its columns. Otherwise a row is a list.
    is_named: bool
    gets: Gets
    # The number of results per row, and of classes.
    width: int = 1
    classes: int = 0
    # The names of the classes, if the file has them.
    labels: list[str] = []
    element: _Real = "float32"
    # Whether each column is a tensor of its own, and how many outputs there are: first the label, then probabilities.
    is_separate: bool = False
    outputs: int = 1
    notes: list[str] = []
    rows: list[list[Any]]
    # The framework's results for the rows.
    answers: list[Any]


class Quantised(msgspec.Struct):
    """Quantised numbers in the file: q represents the real number (q - zero_point) * scale."""

    element: Element
    scale: float
    zero_point: int


class Port(msgspec.Struct):
    """An input or an output of a tensor model. A size is a number, or the name of a size that each call chooses."""

    name: str
    # The type at the interface, even if it is quantised inside.
    element: Element
    sizes: list[int | str]
    quantised: Quantised | None = None


class Picture(msgspec.Struct):
    """How pictures become the one input of a classifier: cut to width x height, then (value - mean) / std."""

    width: int
    height: int
    shorter_side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    # Channels first, or last.
    is_planar: bool
    # Whether the outputs are logits.
    needs_softmax: bool = False


class Tensors(msgspec.Struct, tag="tensors", kw_only=True):
    """A tensor model with any number of inputs and outputs."""

    runtime: _TensorRuntime
    summary: str
    inputs: list[Port]
    outputs: list[Port]
    # The signature to serve, if the file has several.
    signature: str | None = None
    signatures: list[str] = []
    # Notes for the person who makes the folder.
    notes: list[str] = []
    # For a picture classifier; a call is then a file, and an answer its scores.
    picture: Picture | None = None
    # Whether the file itself says how pictures are prepared; and its names of the classes.
    is_said: bool = False
    labels: list[str] = []
    # The inputs of each call, in order, and the framework's results.
    calls: list[list[Any]]
    answers: list[list[Any]]


class Texts(msgspec.Struct, tag="texts", kw_only=True):
    """A network that takes texts, with its tokenizer."""

    runtime: _TextRuntime
    summary: str
    # A vector; probabilities of exclusive classes; or an independent probability for each label.
    gets: Literal["vector", "class", "labels"]
    labels: list[str] = []
    # The most tokens of a text that are read.
    longest: int
    notes: list[str] = []
    texts: list[str]
    # For each text the framework's result, and its number of tokens.
    answers: list[list[float]]
    tokens: list[int]


Reading = Table | Tensors | Texts


def decoded(content: bytes, type_: Any) -> Any:
    """The answer of a reader or a converter; refused if it is malformed."""
    try:
        return msgspec.json.decode(content, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused("what was read of the model is no description of one", str(error), "") from None


def rows_of(samples: list[dict[str, str]], columns: list[Column]) -> list[list[Any]]:
    """The rows of a CSV file, by column name, or by position if the model has no names."""
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
    """The rows as the model takes them: categories become their index."""
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
    if text.strip() in ("True", "False"):
        # As data frames write truths, which most models take for numbers.
        return int(text.strip() == "True")
    try:
        number = float(text)
        return int(number) if number.is_integer() else number
    except ValueError:
        raise Refused(
            f"the samples hold {text!r} in the column {column.name}, which is a number",
            "they are given to the model as they are",
            "write what the model was trained with: a date, for instance, as the number that it became",
        ) from None
