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
from typing import IO, Any

from tools.batch import texts
from tools.batch.given import MOST_LINE, Remarks

Schema = dict[str, Any]
Names = Sequence[str]
# A text is read as its field wants it; what is typed already is that; None is missing.
Cells = Sequence[Any]
Make = Callable[[Cells], Any]
# What pandas writes for names that there are none of; 0,1 is a row as well.
COUNTED = 3
# As tables say that a number is not there; one of them makes no head of a row.
MISSING = ("", "na", "n/a", "nan", "null", "none", "inf", "-inf")
# 1_000 is a number of Python's, and an identifier of somebody's.
_WHOLE = re.compile(r"-?[0-9]+")


class NoTableError(Exception):
    """Why the columns do not fit; its text is for a person."""


def bodies(opened: Callable[[], IO[bytes]], schema: Schema, remarks: Remarks) -> Iterator[bytes]:
    # bytes that are no UTF-8 are found by their line
    with io.TextIOWrapper(opened(), encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        table = csv.reader(_lines(file))
        try:
            yield from _bodies(table, schema, remarks)
        except csv.Error as error:
            raise NoTableError(f"its line {table.line_num:,} is none of a table: {error}") from error


def _bodies(table: Iterator[list[str]], schema: Schema, remarks: Remarks) -> Iterator[bytes]:
    first = next(table, [])
    named = is_head(first)
    if first:
        remarks.head = texts.shown(("head: " if named else "no head: the first row is ") + ", ".join(first))
    make = maker(first if named else [], schema)
    if first and not named:
        yield encoded(make(_cells(first)))
    yield from (encoded(make(_cells(row))) for row in table if row)


def _cells(row: list[str]) -> Cells:
    return [cell or None for cell in row]


def is_head(cells: Names) -> bool:
    """Names, or the numbers that stand for them where somebody had none."""
    is_counted = len(cells) >= COUNTED and list(cells) == [str(number) for number in range(len(cells))]
    return is_counted or not all(_is_number(cell) or cell.strip().lower() in MISSING for cell in cells)


def _lines(file: IO[str]) -> Iterator[str]:
    number = 0
    while line := file.readline(MOST_LINE + 1):
        number += 1
        if len(line) > MOST_LINE:
            raise NoTableError(f"its line {number:,} is longer than {MOST_LINE:,}, which no request may be")
        if not line.isascii() and not _is_text(line):
            raise NoTableError(f"its line {number:,} is not UTF-8: save the table as UTF-8 first")
        yield line


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def encoded(body: Any) -> bytes:
    """Half of a character, which a cell of JSON may name, goes on as JSON names it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(errors="backslashreplace")


def of_openapi(document: dict[str, Any], path: str) -> Schema:
    """What a body of JSON that is posted there looks like, with all that it refers to beside it."""
    content = document["paths"][path]["post"]["requestBody"]["content"]
    found: Schema = content.get("application/json", {}).get("schema", {})
    return {"whole": document, "body": found}


def maker(columns: Names, schema: Schema) -> Make:
    """Makes the body of a row; no columns if the table has no head."""
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
    return lambda cells: {name: inside(cells)}


def _inside(schema: Schema, field: Schema, columns: Names) -> Make | None:
    """Of a field that is a list, what a row is in it; the first of what it may be."""
    for choice in _choices(schema, field):
        for item in _choices(schema, choice.get("items", {})):
            if item.get("type") in ("number", "integer"):
                return _numbers
            if item.get("type") == "array":
                return lambda cells: [_numbers(cells)]
            names = item.get("properties", {})
            if columns and set(columns) <= names.keys():
                return _alone(_named(columns, [_plain(schema, names[column]) for column in columns]))
    return None


def _alone(make: Make) -> Make:
    return lambda cells: [make(cells)]


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
    reads = [_reading(part) for part in parts]

    def make(cells: Cells) -> dict[str, Any]:
        found = {name: read(cell) for name, read, cell in zip(columns, reads, cells, strict=False) if cell is not None}
        # too many cells: the model refuses a field that it does not know
        return found | {f"column {n}": cell for n, cell in enumerate(cells[len(columns) :], len(columns) + 1)}

    return make


def _reading(part: Schema) -> Callable[[Any], Any]:
    read = _reading_text(part)
    return lambda cell: read(cell) if isinstance(cell, str) else cell


def _reading_text(part: Schema) -> Callable[[str], Any]:
    kinds = {one.get("type") for one in _alternatives(part)}
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
    try:
        found = float(cell)
    except ValueError:
        return cell
    if not math.isfinite(found):
        return cell
    return int(cell) if _WHOLE.fullmatch(cell) else found


def _json(cell: str) -> Any:
    try:
        return texts.parsed(cell)
    except ValueError:
        return cell


def _is_number(cell: str) -> bool:
    return not isinstance(_number(cell), str)
