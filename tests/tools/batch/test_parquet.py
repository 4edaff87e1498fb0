"""Tables in Parquet are read as CSV's are, but typed; a bad file ends in a word."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

import parquet_tables
from pipeline_runs import MAIN_HOME, ROOT
from tools.batch import inputs, parquet, rows, tables
from tools.batch.given import Remarks, UnusableError

ANY: rows.Schema = {"whole": {}, "body": {"properties": {name: {} for name in "abcdefghij"}}}
LIST: rows.Schema = {"whole": {}, "body": {"properties": {"x": {"type": "array", "items": {"type": "number"}}}}}


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_HOME", str(MAIN_HOME))


def bodies(path: Path, schema: rows.Schema) -> list[Any]:
    return [json.loads(one.load()) for some in inputs.source(str(path), schema).read() for one in some.each()]


def test_columns_are_the_fields_and_keep_their_types(tmp_path: Path) -> None:
    table = parquet_tables.written(
        tmp_path / "t.parquet",
        "SELECT 41::TINYINT a, 0.1::DOUBLE b, true c, 'é' d, DATE '2026-01-02' e, "
        "TIMESTAMPTZ '2026-01-02 03:04:05+02' f, 12.50::DECIMAL(9,2) g, 7::DECIMAL(9,0) h, "
        "TIMESTAMP_NS '2026-01-02 03:04:05.123456789' i, UUID '00000000-0000-0000-0000-000000000001' j",
    )
    [body] = bodies(table, ANY)
    assert body == {
        **{"a": 41, "b": 0.1, "c": True, "d": "é", "e": "2026-01-02", "f": "2026-01-02T01:04:05Z", "g": 12.5, "h": 7},
        **{"i": "2026-01-02T03:04:05.123456789", "j": "00000000-0000-0000-0000-000000000001"},
    }
    assert [type(body[name]) for name in "agh"] == [int, float, int]


def test_what_is_nested_becomes_arrays_and_objects(tmp_path: Path) -> None:
    nested = (
        "SELECT [1, NULL, 3] a, {'x': DATE '2026-01-01', 'y': [1.5::DECIMAL(3,1), NULL]} b, MAP {'k': 'nan'::DOUBLE} c"
    )
    table = parquet_tables.written(tmp_path / "t.parquet", nested)
    assert bodies(table, ANY) == [{"a": [1, None, 3], "b": {"x": "2026-01-01", "y": [1.5, None]}, "c": {"k": None}}]


def test_what_is_missing_is_left_out_and_an_empty_text_is_none_of_it(tmp_path: Path) -> None:
    table = parquet_tables.written(
        tmp_path / "t.parquet", "SELECT * FROM (VALUES (NULL, 'nan'::DOUBLE, ''), (1, 'inf'::DOUBLE, NULL)) t(a, b, c)"
    )
    assert bodies(table, ANY) == [{"c": ""}, {"a": 1, "b": "inf"}]


def test_rows_keep_their_order_through_many_groups_and_are_lists_where_the_model_takes_one(tmp_path: Path) -> None:
    table = parquet_tables.written(
        tmp_path / "t.parquet", "SELECT i AS any, '0.5' AS name FROM range(9000) t(i)", ", ROW_GROUP_SIZE 2048"
    )
    assert bodies(table, LIST) == [{"x": [number, 0.5]} for number in range(9000)]


def test_the_quote_tells_the_columns_with_their_types(tmp_path: Path) -> None:
    source = inputs.source(str(parquet_tables.written(tmp_path / "t.parquet", "SELECT 1 a, 'x' b")), ANY)
    list(source.read())
    assert source.remarks.head == "columns: a INTEGER, b VARCHAR"


def test_columns_that_the_model_does_not_know_are_refused_by_name(tmp_path: Path) -> None:
    table = parquet_tables.written(tmp_path / "t.parquet", "SELECT 1 a, 2 colour")
    with pytest.raises(tables.NoTableError, match="its columns are a, colour, and the model takes a, b"):
        bodies(table, ANY)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT 1 a, 'x'::BLOB b", "its column b is BLOB, and a request has no BLOB: leave it out"),
        (
            "SELECT {'x': [INTERVAL 3 DAYS]} a",
            r"its column a is STRUCT\(x INTERVAL\[\]\), and a request has no INTERVAL",
        ),
    ],
)
def test_a_column_that_no_request_has_is_refused_with_its_type(tmp_path: Path, query: str, says: str) -> None:
    with pytest.raises(UnusableError, match=says):
        bodies(parquet_tables.written(tmp_path / "t.parquet", query), ANY)


def test_a_table_without_rows_has_no_bodies(tmp_path: Path) -> None:
    assert bodies(parquet_tables.written(tmp_path / "t.parquet", "SELECT i a FROM range(0) t(i)"), ANY) == []


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def torn(content: bytes) -> bytes:
    """In the middle of its pages."""
    return content[:400] + os.urandom(2000) + content[2400:]


def declaring(content: bytes, rows: bytes = b"\x16\xfe\x7f") -> bytes:
    """Other than the 5,000 rows that there are, as Thrift writes it, wherever the footer says so."""
    size = int.from_bytes(content[-8:-4], "little")
    pages, footer = content[: -8 - size], content[-8 - size : -8].replace(b"\x16\x90\x4e", rows)
    return pages + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def foreign(_: bytes) -> bytes:
    return b"PAR1" + b"\xff" * 200 + (2**31 - 1).to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize("damage", [cut, torn, declaring, foreign, lambda _: b"", lambda _: b"a,b\n1,2\n"])
def test_a_damaged_file_ends_in_a_word_that_says_so(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    table = parquet_tables.written(
        tmp_path / "t.parquet", "SELECT i a, 'text ' || (i * 7919 % 5003) b FROM range(5000) t(i)"
    )
    whole = table.read_bytes()
    table.write_bytes(damage(whole))
    assert table.read_bytes() != whole
    with pytest.raises(UnusableError, match="anew") as refused:
        bodies(table, ANY)
    assert "Traceback" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_more_rows_than_a_batch_can_have_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """A file of a few kilobytes may say so, and hold them."""
    table = parquet_tables.written(tmp_path / "t.parquet", "SELECT 1 a FROM range(5000)")
    table.write_bytes(declaring(table.read_bytes(), b"\x16\x80\x80\x80\x80\x80\x01"))
    with pytest.raises(UnusableError, match=r"it says that it has [\d,]+ rows, and a batch has 1,000,000,000 at most"):
        bodies(table, ANY)


def test_an_object_is_read_as_a_file_is(tmp_path: Path) -> None:
    """S3 gives a stream, in which nobody goes back."""
    content = parquet_tables.written(tmp_path / "t.parquet", "SELECT 1 a").read_bytes()

    def opened() -> IO[bytes]:
        return io.BufferedReader(Stream(content))

    assert list(parquet.bodies(opened, ANY, Remarks())) == [b'{"a":1}']


class Stream(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._content.readinto(buffer)


def test_what_reads_it_is_installed_when_it_is_asked_for_and_that_is_told(tmp_path: Path) -> None:
    """Where nobody answers, the reason is told too."""
    environment = os.environ | {
        "PIPELINE_HOME": str(tmp_path),
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
    }
    command = [sys.executable, str(ROOT / "tools"), "batch.parquet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, "install duckdb into a private environment" in done.stderr) == (3, True)
    assert "cannot install the framework into a private environment" in done.stdout
