"""The rows of a table as the bodies that a model takes, as far as its description (OpenAPI) tells:

    a field for each column           {"age": 41, "plan": "pro"}
    one field, a list of numbers      {"input_X": [0.9, 0, 8.1]}
    one field, a list of rows         {"rows": [{"age": 41, "plan": "pro"}]}

A cell that is no number where one belongs stays as it is: the model says so, of that row alone.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import IO, Any, NamedTuple

import msgspec

from tools.batch import tables, texts
from tools.batch.given import MOST_LINE, Remarks
from tools.batch.tables import NoTableError

Schema = dict[str, Any]
Names = Sequence[str]
# A text is read as its field wants it; what is typed already is that; None is missing.
Cells = Sequence[Any]
# What pandas writes for names that there are none of; 0,1 is a row as well.
COUNTED = 3
# As tables say that a number is not there; one of them makes no head of a row.
MISSING = ("", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none")
_WHOLE = re.compile(r"[-+]?[0-9]+")
# Python makes no whole number of more than 4,300 digits, and no model wants one of half as many.
_MOST_DIGITS = 2000


class Make(NamedTuple):
    """What a row's body is made by."""

    of: Callable[[Cells], Any]
    # Of a row that is nothing but numbers, the body's text with %s for each cell; without a width one for all of them.
    text: str = ""
    width: int | None = None


def bodies(opened: Callable[[], IO[bytes]], schema: Schema, remarks: Remarks) -> Iterator[bytes]:
    """Each a line, or many of them; the last has no end."""
    csv.field_size_limit(MOST_LINE)
    # bytes that are no UTF-8 are found by their line
    with io.TextIOWrapper(opened(), encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = tables.Lines(file)
        try:
            yield from _bodies(lines, schema, remarks)
        except csv.Error as error:
            raise NoTableError(f"its line {lines.number:,} is none of a table: {error}") from error


def _bodies(lines: tables.Lines, schema: Schema, remarks: Remarks) -> Iterator[bytes]:
    first: list[str] = next(filter(None, _read(lines)), [])
    named = is_head(first)
    if first:
        remarks.head = texts.shown(("head: " if named else "no head: the first row is ") + ", ".join(first))
    make = maker(first if named else [], schema)
    if first and not named:
        yield encoded(make.of(_cells(first)))
    for line in lines:
        # it takes further lines where a cell has some
        if row := next(_read(chain((line,), lines)), []):
            yield encoded(make.of(_cells(row)))
        while make.text and (text := lines.numbers(make.width)):
            yield tables.bodies(text, make.text, make.width)


def _read(lines: Iterator[str]) -> Iterator[list[str]]:
    # strict: a quote that nobody closes would take the rest of the table into its cell
    return csv.reader(lines, strict=True)


def _cells(row: list[str]) -> Cells:
    return [cell or None for cell in row]


def is_head(cells: Names) -> bool:
    """Names, or the numbers that stand for them where somebody had none."""
    is_counted = len(cells) >= COUNTED and list(cells) == [str(number) for number in range(len(cells))]
    return is_counted or not all(_is_number(cell) or cell.strip().lower() in MISSING for cell in cells)


def encoded(body: Any) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError, RecursionError):
        return texts.written(body)


def of_openapi(document: dict[str, Any], path: str) -> Schema:
    """What a body of JSON that is posted there looks like, with all that it refers to beside it."""
    content = document["paths"][path]["post"]["requestBody"]["content"]
    found: Schema = content.get("application/json", {}).get("schema", {})
    return {"whole": document, "body": found}


def maker(columns: Names, schema: Schema) -> Make:
    """No columns if the table has no head."""
    fields = _plain(schema, schema.get("body", {})).get("properties", {})
    if columns and set(columns) <= fields.keys():
        return _named(columns, [_plain(schema, fields[column]) for column in columns])
    required = _plain(schema, schema.get("body", {})).get("required", [])
    wanted = required if len(required) == 1 else list(fields)
    if len(wanted) == 1 and (inside := _inside(schema, fields[wanted[0]], columns)):
        return _under(wanted[0], inside)
    known = ", ".join(fields) or "nothing that is known"
    given = texts.shown(", ".join(columns)) or "without names"
    raise NoTableError(f"its columns are {given}, and the model takes {known}")


def _under(name: str, inside: Make) -> Make:
    text = f"{{{_key(name)}:{inside.text}}}" if inside.text else ""
    return Make(lambda cells: {name: inside.of(cells)}, text, inside.width)


def _key(name: str) -> str:
    return json.dumps(name).replace("%", "%%")


def _inside(schema: Schema, field: Schema, columns: Names) -> Make | None:
    """Of a field that is a list, what a row is in it; the first of what it may be."""
    for choice in _choices(schema, field):
        for item in _choices(schema, choice.get("items", {})):
            if item.get("type") in ("number", "integer"):
                return Make(_numbers, "[%s]")
            if item.get("type") == "array":
                return _alone(Make(_numbers, "[%s]"))
            names = item.get("properties", {})
            if columns and set(columns) <= names.keys():
                return _alone(_named(columns, [_plain(schema, names[column]) for column in columns]))
    return None


def _alone(make: Make) -> Make:
    return Make(lambda cells: [make.of(cells)], make.text and f"[{make.text}]", make.width)


def _numbers(cells: Cells) -> list[Any]:
    return [_number(cell) if isinstance(cell, str) else cell for cell in cells]


def _choices(schema: Schema, part: Schema) -> list[Schema]:
    plain = _plain(schema, part)
    return [_plain(schema, one) for one in _alternatives(plain)]


def _alternatives(plain: Schema) -> list[Schema]:
    return plain.get("anyOf") or plain.get("oneOf") or [plain]


def _plain(schema: Schema, part: Schema) -> Schema:
    """Not what it refers to by $ref, but that."""
    while "$ref" in part:
        found: Any = schema["whole"]
        for word in part["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        part = found
    return part


def _named(columns: Names, parts: Sequence[Schema]) -> Make:
    if twice := next((column for column in columns if columns.count(column) > 1), None):
        raise NoTableError(f"two of its columns are called {texts.shown(twice)}")
    reads = [_reading(part) for part in parts]

    def make(cells: Cells) -> dict[str, Any]:
        given = (
            (name, read, cell) for name, read, cell in zip(columns, reads, cells, strict=False) if cell is not None
        )
        found = {name: read(cell) if isinstance(cell, str) else cell for name, read, cell in given}
        # too many cells: the model refuses a field that it does not know
        return found | {f"column {n}": cell for n, cell in enumerate(cells[len(columns) :], len(columns) + 1)}

    if set(reads) != {_number}:
        return Make(make)
    return Make(make, "{" + ",".join(f"{_key(column)}:%s" for column in columns) + "}", len(columns))


def _reading(part: Schema) -> Callable[[str], Any]:
    kinds = {one.get("type") for one in _alternatives(part)}
    # A category may be 007, which is not 7.
    if "string" in kinds:
        return str
    if kinds & {"number", "integer"}:
        return _number
    if "boolean" in kinds:
        return lambda cell: {"true": True, "false": False}.get(cell.lower(), cell)
    if kinds & {"array", "object"}:
        return _json
    return str


def _number(cell: str) -> Any:
    """An empty cell is a missing value. What JSON has no number for stays a text."""
    if not cell.strip():
        return None
    if len(cell) > _MOST_DIGITS:
        return cell
    try:
        found = float(cell)
    except ValueError:
        return cell
    # Python reads 1_000 as a number, and JSON does not
    if not math.isfinite(found) or "_" in cell:
        return cell
    return int(cell) if found.is_integer() and _WHOLE.fullmatch(cell.strip()) else found


def _json(cell: str) -> Any:
    try:
        return texts.parsed(cell)
    except ValueError:
        return cell


def _is_number(cell: str) -> bool:
    """1_000 and infinite ones too: no model takes them, and they are no names."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
