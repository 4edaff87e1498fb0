"""What one input has in it that is strange ends that input, and nothing else."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tools.batch import collect, formats, inputs, rows
from tools.batch.inputs import Source
from tools_batch import PLAN, Folder, answer, listed, packed

DEEP = [b"[" * depth + b"]" * depth for depth in (*range(900, 1000, 3), 1200, 100_000)]


@pytest.mark.parametrize("output", ["out.jsonl", "out.csv"])
def test_every_line_that_was_paid_has_its_row(tmp_path: Path, output: str) -> None:
    contents = [b'{"x":"\\ud800"}', b'"\\udfff"', *DEEP, b"\xff\xfe", b'{"x":1}']
    store = Folder(tmp_path / "bucket")
    source = Source("x", "lines", lambda: inputs.lines(lambda: io.BytesIO(b"\n".join(contents))))
    plan = packed(store, replace(PLAN, count=len(contents)), source, tmp_path / "work")
    for chunk in listed(store, plan):
        answer(store, plan, chunk)
    with formats.writing(str(tmp_path / output), tmp_path) as write:
        counts, _ = collect.collected(store, plan, write)
    assert counts.rows == len(contents)
    if output == "out.jsonl":
        found = [json.loads(line)["input"] for line in (tmp_path / output).read_bytes().splitlines()]
        assert (found[0], found[1], found[-1]) == ({"x": "\ud800"}, "\udfff", {"x": 1})
        assert found[-3] == DEEP[-1].decode()


@pytest.mark.parametrize("cell", [b'["\\ud800"]', *DEEP[:-1]])
def test_a_cell_of_strange_json_is_a_body(cell: bytes) -> None:
    schema = {"whole": {}, "body": {"properties": {"x": {"type": "array"}, "y": {"type": "number"}}}}
    quoted = cell.replace(b'"', b'""')
    [body] = rows.bodies(lambda: io.BytesIO(b'x,y\n"%s",1\n' % quoted), schema)
    assert json.loads(body)["y"] == 1


def test_a_manifest_line_that_is_no_json_is_no_key(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    store.put("list.jsonl", b'"a.jpg"\n' + DEEP[-1] + b"\n")
    with pytest.raises(inputs.UnusableError, match="line 2 is no key"):
        list(inputs.manifest(store, "list.jsonl"))
