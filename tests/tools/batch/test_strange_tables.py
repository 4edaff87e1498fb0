"""Tables as people have them: what is taken for the names of the columns is told, and what is no table is refused."""

from __future__ import annotations

import io
import json

import pytest

from tools.batch import quote, rows, tables
from tools.batch.given import MOST_LINE, Remarks

NUMBERS = {
    "whole": {},
    "body": {"properties": {"x": {"type": "array", "items": {"type": "number"}}}, "required": ["x"]},
}


def read(content: bytes) -> tuple[list[object], list[str]]:
    remarks = Remarks()
    text = b"\n".join(rows.bodies(lambda: io.BytesIO(content), NUMBERS, remarks))
    found = [json.loads(body)["x"] for body in text.splitlines()]
    return found, quote.remarked(remarks)


@pytest.mark.parametrize(
    ("content", "wanted", "told"),
    [
        (b"a,b,c\n1,2,3\n", [[1, 2, 3]], "head: a, b, c"),
        (b"0,1,2\n7,8,9\n", [[7, 8, 9]], "head: 0, 1, 2"),
        (b"0,1\n7,8\n", [[0, 1], [7, 8]], "no head: the first row is 0, 1"),
        (b"0,1,3\n7,8,9\n", [[0, 1, 3], [7, 8, 9]], "no head: the first row is 0, 1, 3"),
        (b"1.5,NA\n1,2\n", [[1.5, "NA"], [1, 2]], "no head: the first row is 1.5, NA"),
        (b"nan,,2\n1,2,3\n", [["nan", None, 2], [1, 2, 3]], "no head: the first row is nan, , 2"),
        (b"a\x1b[31m,b\n1,2\n", [[1, 2]], "head: a\ufffd[31m, b"),
    ],
)
def test_what_was_taken_for_the_head_is_told(content: bytes, wanted: list[object], told: str) -> None:
    assert read(content) == (wanted, [told])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n1,2\n3,caf\xe9\n", "its line 3 is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "its line 1 is not UTF-8"),
        (b'a,b\n1,"' + (b"x" * 999_999 + b"\n") * 7, "its line 8 is none of a table: field larger than field limit"),
        (b"a,b\n" + b"1," * MOST_LINE, "its line 2 is longer than 6,000,000"),
    ],
    ids=["latin", "utf-16", "cell", "line"],
)
def test_what_is_no_table_is_refused_by_its_line(content: bytes, why: str) -> None:
    with pytest.raises(tables.NoTableError, match=why):
        read(content)


def test_a_cell_may_be_as_long_as_a_request() -> None:
    text = "a line\n" * 200_000
    assert read(f'a,b\n1,"{text}"\n'.encode())[0] == [[1, text]]


def test_other_alphabets_are_read() -> None:
    assert read("größe,色\n1,2\n".encode()) == ([[1, 2]], ["head: größe, 色"])
