"""Lines that are nothing but numbers go as they stand, many at once: to the model they are the same rows."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence

import pytest

from tools.batch import rows, tables
from tools.batch.given import Remarks

CELLS = ("1", "0", "-0", "12.5", "-3.25", "1.50", "007", ".5", "5.", "+1", "1e5", "4e400", " 1", "", "x", "é", "9" * 17)
PLAIN = CELLS[:6]
LIST = {"whole": {}, "body": {"properties": {"x": {"type": "array", "items": {"type": "number"}}}}}
NUMBER = {"type": "number"}
NAMED = {"whole": {}, "body": {"properties": {'a%s"': NUMBER, "b": NUMBER, "c": NUMBER}}}
ROWS = {"whole": {}, "body": {"properties": {"x": {"type": "array", "items": NAMED["body"]}}}}


def bodies(text: str, schema: rows.Schema) -> list[object]:
    found = rows.bodies(lambda: io.BytesIO(text.encode()), schema, Remarks())
    return [json.loads(body) for body in b"\n".join(found).split(b"\n")]


def table(cells: Sequence[Sequence[str]], end: str) -> str:
    return "".join(",".join(row) + end for row in cells)


def quoted(cells: Sequence[Sequence[str]]) -> list[list[str]]:
    """Of such a row each cell is looked at."""
    return [[f'"{cell}"' for cell in row] for row in cells]


@pytest.mark.parametrize("schema", [LIST, NAMED, ROWS], ids=["list", "named", "rows"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [1, 40, 1 << 20])
def test_a_row_is_the_same_whether_its_cells_are_looked_at_or_not(
    monkeypatch: pytest.MonkeyPatch, schema: rows.Schema, end: str, block: int
) -> None:
    monkeypatch.setattr(tables, "BLOCK", block)
    chance = random.Random(1)
    cells = [
        [chance.choice(PLAIN if row % 3 else CELLS) for _ in range(3 if row % 7 else chance.choice((2, 3, 4)))]
        for row in range(300)
    ]
    head = '"a%s""",b,c' + end
    found = bodies(head + table(cells, end), schema)
    assert found == bodies(head + table(quoted(cells), end), schema)
    assert len(found) == len(cells)


def test_a_row_goes_as_it_stands() -> None:
    text = "0.10,2,-3.0\n1,2,3\n"
    for schema, wanted in ((LIST, b'{"x":[%s]}'), (ROWS, b'{"x":[{"a%%s\\"":%s,"b":%s,"c":%s}]}')):
        found = b"\n".join(rows.bodies(lambda: io.BytesIO(b'"a%s""",b,c\n1,2,3\n' + text.encode()), schema, Remarks()))
        cells = (b"0.10,2,-3.0",) if schema is LIST else (b"0.10", b"2", b"-3.0")
        assert found.split(b"\n")[1] == wanted % cells


def test_what_only_python_takes_for_a_number_stays_a_text() -> None:
    assert bodies("1,2\n1_0,3\n", LIST) == [{"x": [1, 2]}, {"x": ["1_0", 3]}]


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(tables.NoTableError, match="two of its columns are called b"):
        bodies("b,c,b\n1,2,3\n", NAMED)


@pytest.mark.parametrize("cell", ["007", "01234", "1E5", "1.0", "+7", "1.50", "12345678901234567890"])
def test_a_category_that_looks_like_a_number_stays_as_it_is(cell: str) -> None:
    category = {"anyOf": [{"type": "string"}, {"type": "number", "multipleOf": 1}]}
    schema = {"whole": {}, "body": {"properties": {"zip": category, "b": NUMBER}}}
    assert bodies(f"zip,b\n{cell},2\n", schema) == [{"zip": cell, "b": 2}]


def test_a_quote_that_nobody_closes_takes_no_rows_with_it() -> None:
    with pytest.raises(tables.NoTableError, match="unexpected end of data"):
        bodies('a,b\n1,"pro\n' + "3,4\n" * 100, LIST)


@pytest.mark.parametrize(("cell", "found"), [(" 7", 7), ("+7", 7), ("7 ", 7), ("0" * 2001,) * 2, ("1e3", 1000.0)])
def test_a_whole_number_is_one_however_it_is_written(cell: str, found: object) -> None:
    [body] = bodies(f"b\n{cell}\n", {"whole": {}, "body": {"properties": {"b": NUMBER}}})
    assert repr(body) == repr({"b": found})


@pytest.mark.parametrize("cell", ["[1e400, 2]", "[NaN]", '{""a"": -Infinity}'])
def test_json_with_what_is_no_number_of_its_is_a_text(cell: str) -> None:
    schema = {"whole": {}, "body": {"properties": {"x": {"type": "object"}, "b": NUMBER}}}
    assert bodies(f'x,b\n"{cell}",1\n', schema) == [{"x": cell.replace('""', '"'), "b": 1}]


@pytest.mark.parametrize("first", ["1,#N/A,3", "1,<NA>,3", "1,Infinity,3", "1,1e400,3", "1,1_000,3"])
def test_a_number_that_is_not_there_makes_no_head_of_a_row(first: str) -> None:
    assert len(bodies(f"{first}\n4,5,6\n", LIST)) == 2


def test_empty_lines_before_the_head_are_passed_over() -> None:
    assert bodies("\n\nb\n1\n", {"whole": {}, "body": {"properties": {"b": NUMBER}}}) == [{"b": 1}]


def test_a_cell_may_go_over_lines_between_rows_that_do_not() -> None:
    assert bodies('1,2\n3,"4\n5,6"\n7,8\n', LIST) == [{"x": [1, 2]}, {"x": [3, "4\n5,6"]}, {"x": [7, 8]}]


def test_a_line_that_is_too_long_is_refused_even_if_it_is_all_numbers() -> None:
    with pytest.raises(tables.NoTableError, match="its line 2 is longer than 6,000,000"):
        bodies("1,2\n" + "1," * 3_100_000 + "1\n3,4\n", LIST)
