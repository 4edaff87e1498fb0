"""Where results go, and when they are there: what a bucket says of this machine's files is not believed."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from boto3.exceptions import S3UploadFailedError
from msgspec import Raw

from tools.batch import asked, collect, formats, given, pack, quote, results, sample, tables, texts
from tools.batch.given import Input
from tools.batch.inputs import Source
from tools.batch.plan import Plan
from tools.batch.results import Row
from tools_batch import PLAN, Folder, answer, listed, packed


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "bucket")


@pytest.fixture
def plan(store: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr(sample, "differing", lambda *_: [])
    inputs = [Input("", 1, b"1", lambda: b"1")] * 3
    made = packed(store, replace(PLAN, count=3), Source("x", "lines", lambda: iter(inputs)), tmp_path / "work")
    for chunk in listed(store, made):
        answer(store, made, chunk)
    return made


def test_done_before_is_said_of_the_very_results_alone(
    store: Folder, plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.jsonl"
    assert collect.run(store, plan, str(output), tmp_path) == 0
    written = output.read_bytes()
    assert "done before" not in capsys.readouterr().err
    collect.run(store, plan, str(output), tmp_path)
    assert "done before" in capsys.readouterr().err
    for content in (written.replace(b'"version":"3"', b'"version":"2"'), None):
        output.unlink()
        if content:
            output.write_bytes(content)
        assert collect.run(store, plan, str(output), tmp_path) == 0
        assert "done before" not in capsys.readouterr().err
        assert output.read_bytes() == written


def test_a_plan_names_no_file_outside_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for output in ("/home/you/out.jsonl", "../../out.jsonl"):
        assert asked.place(tmp_path, replace(PLAN, output=output), PLAN.batch) == "out.jsonl"
    for output in ("/home/you/.bashrc", "..", "/", ""):
        with pytest.raises(formats.UnusableOutputError):
            asked.place(tmp_path, replace(PLAN, output=output), PLAN.batch)


def test_what_was_asked_for_here_is_kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    monkeypatch.chdir(here)
    asked.note(tmp_path, PLAN.batch, "out.csv")
    asked.note(tmp_path, PLAN.batch, "later.csv")
    assert asked.place(tmp_path, PLAN, PLAN.batch) == "out.csv"
    assert asked.place(tmp_path, PLAN, PLAN.batch, "other.csv") == "other.csv"
    monkeypatch.chdir(there)
    assert asked.place(tmp_path, PLAN, PLAN.batch) == str(here / "out.csv")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "out.jsonl.part").symlink_to(other)
    with formats.writing(str(tmp_path / "out.jsonl"), tmp_path) as write:
        write([Row(0)])
    assert other.read_text() == "mine"
    assert (tmp_path / "out.jsonl").read_text() == '{"row":0}\n'


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_text_is_no_formula_to_a_spreadsheet(tmp_path: Path, value: str) -> None:
    with formats.writing(str(tmp_path / "out.csv"), tmp_path) as write:
        write([Row(0, Raw(json.dumps(value)), Raw("-1.5"))])
    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.reader(file))[1][:3] == ["0", f"'{value}", "-1.5"]


@pytest.mark.parametrize(
    ("row", "status", "said", "is_same"),
    [
        (Row(0, output=Raw(b'{"a":1}')), 200, {"a": 1}, True),
        (Row(0, output=Raw(b'{"a":1}')), 201, {"a": 1}, True),
        (Row(0, output=Raw(b'{"a":1}')), 200, {"a": 2}, False),
        (Row(0, output=Raw(b'{"a":1}')), 400, {"a": 1}, False),
        (Row(0, status=409, error=Raw(b'{"a":1}')), 409, {"a": 1}, True),
        (Row(0, status=409, error=Raw(b'{"a":1}')), 200, {"a": 1}, False),
    ],
)
def test_a_row_is_the_same_where_the_address_says_the_same(
    monkeypatch: pytest.MonkeyPatch, row: Row, status: int, said: object, is_same: bool
) -> None:
    monkeypatch.setattr(sample, "Version", lambda *_: lambda request: (status, said))
    assert (sample.differing(PLAN, [(row, b"{}")]) == []) is is_same


def test_a_number_too_long_for_python_is_in_the_table_as_its_text(tmp_path: Path) -> None:
    body = b'{"age":' + b"9" * 5000 + b"}"
    with formats.writing(str(tmp_path / "out.csv"), tmp_path) as write:
        write([Row(0, results.as_said([body])[0])])
    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.reader(file))[1][1] == body.decode()


def test_what_is_shown_is_text_and_not_much_of_it() -> None:
    assert texts.shown("a\x1b]0;b\x07\n\ud800é") == "a�]0;b���é"
    assert texts.shown("x" * 301) == "x" * 300 + "…"


@pytest.mark.parametrize(
    "error",
    [quote.QuoteError("why"), tables.NoTableError("why"), given.UnusableError("why"), S3UploadFailedError("why")],
    ids=lambda error: type(error).__name__,
)
def test_what_cannot_be_packed_says_why_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(*_: str) -> None:
        raise error

    (tmp_path / "plan.json").write_text(json.dumps(asdict(PLAN)))
    monkeypatch.setattr(quote, "schema", failing)
    with pytest.raises(SystemExit, match=r"^why$"):
        pack.main(str(tmp_path), "a-bucket")
