"""Results in Parquet: the columns of CSV, each with a type, whole or not there."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

import parquet_tables
from pipeline_runs import MAIN_HOME
from tools.batch import formats, parquet
from tools.batch.given import UnusableError
from tools.batch.results import Row


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_HOME", str(MAIN_HOME))


ROWS = [
    {"row": 0, "input": {"x": [1, 2.5]}, "output": {"price": 3, "tags": ["a"]}, "version": "3", "ms": 1.5},
    {"row": 1, "input": {"x": [None]}, "status": 400, "error": {"code": "bad"}, "version": "3", "ms": 0.5},
    {"row": 2, "input": {"x": [], "y": "\udc80é"}, "output": {"price": 0.5}, "version": "3", "ms": 1.0},
]


def made(row: dict[str, Any]) -> Row:
    made = Row(row["row"])
    for name, value in row.items():
        is_json = name in ("input", "output", "error")
        setattr(made, name, msgspec.Raw(json.dumps(value).encode()) if is_json else value)
    return made


def results(path: Path, given: list[dict[str, Any]]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    with formats.writing(str(path), path.parent) as write:
        write([made(row) for row in given])
        assert not path.exists()
    return parquet_tables.read(path)


def test_results_have_the_columns_of_csv_with_types(tmp_path: Path) -> None:
    types, found = results(tmp_path / "out.parquet", ROWS)
    assert types == {
        "row": "BIGINT",
        "input": "STRUCT(x DOUBLE[], y VARCHAR)",
        "output": "STRUCT(price DOUBLE, tags VARCHAR[])",
        "status": "INTEGER",
        "error": "VARCHAR",
        "version": "VARCHAR",
        "ms": "DOUBLE",
    }
    assert tuple(types) == formats.COLUMNS
    assert [row["row"] for row in found] == [0, 1, 2]
    assert found[0]["input"] == {"x": [1.0, 2.5], "y": None}
    assert found[0]["output"] == {"price": 3.0, "tags": ["a"]}
    assert (found[1]["output"], found[1]["status"], json.loads(found[1]["error"])) == (None, 400, {"code": "bad"})
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


NARROWEST: list[tuple[str, list[Any], list[Any]]] = [
    ("BIGINT", [1, 2], [1, 2]),
    ("DOUBLE", [1, 2.5], [1.0, 2.5]),
    ("BOOLEAN", [True, None], [True, None]),
    # nothing is guessed from what a text looks like
    ("VARCHAR", ["2026-01-01", "7"], ["2026-01-01", "7"]),
    ("VARCHAR", [2**70, 1], [str(2**70), "1"]),
    ("VARCHAR", [{"a": 1}, "é"], ['{"a":1}', "é"]),
    ("VARCHAR", [[2], False], ["[2]", "false"]),
    # names that DuckDB takes for one, and none at all
    ("VARCHAR", [{"a": 1, "A": 2}, {}], ['{"a":1,"A":2}', "{}"]),
    ("VARCHAR", [{}, None], ["{}", None]),
    ("BIGINT[][]", [[[1], []], []], [[[1], []], []]),
    ("VARCHAR", [None, None], [None, None]),
]


def test_a_column_has_the_narrowest_type_that_fits(tmp_path: Path) -> None:
    rows = [
        {"row": row, "output": {f"c{n}": values[row] for n, (_, values, _) in enumerate(NARROWEST)}} for row in range(2)
    ]
    types, found = results(tmp_path / "out.parquet", rows)
    assert types["output"] == "STRUCT(" + ", ".join(f"c{n} {type_}" for n, (type_, *_) in enumerate(NARROWEST)) + ")"
    for n, (_, _, read) in enumerate(NARROWEST):
        assert [row["output"][f"c{n}"] for row in found] == read


def test_an_input_that_names_something_twice_has_its_last_value(tmp_path: Path) -> None:
    """It is what the model has read, and the other rows stay as they are."""
    twice = made({"row": 1})
    twice.input = msgspec.Raw(b'{"x": [3], "y": "a", "x": [4, 0.25]}')
    with formats.writing(str(tmp_path / "out.parquet"), tmp_path) as write:
        write([made(ROWS[0]), twice, made(ROWS[2] | {"row": 2})])
    types, found = parquet_tables.read(tmp_path / "out.parquet")
    assert types["input"] == "STRUCT(x DOUBLE[], y VARCHAR)"
    assert [row["input"] for row in found] == [
        {"x": [1.0, 2.5], "y": None},
        {"x": [4.0, 0.25], "y": "a"},
        {"x": [], "y": "?é"},
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_results_that_are_not_all_written_leave_the_last_ones(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    results(out, ROWS)
    before = out.read_bytes()
    with contextlib.suppress(KeyboardInterrupt), formats.writing(str(out), tmp_path) as write:
        write([made(ROWS[0])])
        raise KeyboardInterrupt
    assert out.read_bytes() == before


def test_results_that_cannot_become_parquet_say_what_can_be_done(tmp_path: Path) -> None:
    """On a device that is full."""
    (tmp_path / "lines").write_text('{"row": 0}\n')
    why = r"do not become Parquet: .*No space left.*an --out that ends with \.jsonl"
    with Path("/dev/full").open("w") as to, pytest.raises(UnusableError, match=why):
        parquet.write(tmp_path / "lines", formats.COLUMNS, to)
