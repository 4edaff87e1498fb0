"""What an input consists of: of each kind, in its order, nothing lost."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from tools.batch import inputs, kept, rows, tables
from tools.batch.given import BLOCK, Input, Remarks, UnusableError, of_lines
from tools_batch import Folder

ROW = {"type": "object", "properties": {"age": {"type": "number"}, "plan": {"type": "string"}}}


def taking(body: rows.Schema) -> rows.Schema:
    return {"whole": {"components": {"Row": ROW}}, "body": {"type": "object", **body}}


NAMED = taking({"properties": {"age": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "plan": {"type": "string"}}})
NUMBERS = taking(
    {
        "properties": {
            "input_X": {"anyOf": [{"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}}]},
            "fast": {"type": "boolean"},
        },
        "required": ["input_X"],
    }
)
ROWS = taking({"properties": {"rows": {"type": "array", "items": {"$ref": "#/components/Row"}}}, "required": ["rows"]})


def csv(text: str, schema: rows.Schema) -> list[object]:
    found = rows.bodies(lambda: io.BytesIO(text.encode()), schema, Remarks())
    return [json.loads(body) for body in b"\n".join(found).splitlines()]


def test_columns_are_the_fields_that_they_name_and_an_empty_cell_is_left_out() -> None:
    assert csv("age,plan\n41,7\n,pro\n", NAMED) == [{"age": 41, "plan": "7"}, {"plan": "pro"}]


def test_a_row_is_the_list_of_numbers_that_a_model_takes_with_a_head_or_without() -> None:
    assert csv("a,b\n1,2.5\n,x\n", NUMBERS) == [{"input_X": [1, 2.5]}, {"input_X": [None, "x"]}]
    assert csv("1,2\n3,4e400\n", NUMBERS) == [{"input_X": [1, 2]}, {"input_X": [3, "4e400"]}]


def test_a_row_is_the_one_row_of_a_model_that_takes_many() -> None:
    assert csv("plan,age\npro,3\n", ROWS) == [{"rows": [{"plan": "pro", "age": 3}]}]


def test_what_a_spreadsheet_writes_is_read() -> None:
    assert csv('\ufeffage,plan\r\n1,"a, ""b""\r\nc"\r\n', NAMED) == [{"age": 1, "plan": 'a, "b"\r\nc'}]


def test_a_cell_too_many_is_for_the_model_to_refuse() -> None:
    assert csv("age,plan\n1,pro,x\n", NAMED) == [{"age": 1, "plan": "pro", "column 3": "x"}]


def test_columns_that_the_model_does_not_know_are_refused_by_name() -> None:
    with pytest.raises(tables.NoTableError, match="its columns are age, colour, and the model takes age, plan"):
        csv("age,colour\n1,red\n", NAMED)


def test_lines_are_bodies_as_they_are_and_empty_ones_are_none() -> None:
    content = b'{"a": 1}\n\n  {"b":2}\r\nno json'
    [found] = inputs.lines(lambda: io.BytesIO(content))
    assert [one.load() for one in found.each()] == [b'{"a": 1}', b'{"b":2}', b"no json"]


def test_a_line_that_no_request_may_have_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(UnusableError, match="a line of more than 6,000,000 bytes"):
        list(inputs.lines(lambda: io.BytesIO(b"x" * 6_000_001)))


def test_lines_that_were_gone_through_are_kept_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [of_lines(b"a\nbc\n{}"), of_lines(b"d" * BLOCK), of_lines(b"e")]
    going = kept.keeping(given, tmp_path)
    next(going)
    assert not kept.are_there(tmp_path)
    assert list(going) == given[1:]
    assert kept.are_there(tmp_path)
    found = [one.load() for block in kept.lines(tmp_path) for one in block.each()]
    assert found == [b"a", b"bc", b"{}", b"d" * BLOCK, b"e"]
    (tmp_path / "other").mkdir()
    monkeypatch.setattr(kept, "MOST", BLOCK)
    assert list(kept.keeping(given, tmp_path / "other")) == given
    assert list((tmp_path / "other").iterdir()) == []


def test_a_folder_is_its_pictures_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/2.PNG", "a.jpg", "b/1.webp", "c.txt", ".hidden/x.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    assert told(inputs.source(str(tmp_path), {})) == [(name, name) for name in ("a.jpg", "b/1.webp", "b/2.PNG")]


@pytest.mark.parametrize("name", ["some.tar", "some.tar.gz"])
def test_an_archive_is_its_pictures_in_its_order(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / name, "w:gz" if name.endswith("gz") else "w") as archive:
        for member in ("z.jpg", "readme", "a/b.png"):
            about = tarfile.TarInfo(member)
            about.size = len(member)
            archive.addfile(about, io.BytesIO(member.encode()))
    assert told(inputs.source(str(tmp_path / name), {})) == [("z.jpg", "z.jpg"), ("a/b.png", "a/b.png")]


def told(source: inputs.Source) -> list[tuple[str, str]]:
    assert source.form == "pieces"
    return [(one.name, one.load().decode()) for one in source.read()]


def test_what_can_be_no_input_says_what_can(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="no such file or folder"):
        inputs.source(str(tmp_path / "none.csv"), {})
    (tmp_path / "a.parquet").touch()
    with pytest.raises(UnusableError, match="write it as CSV or JSON lines first"):
        inputs.source(str(tmp_path / "a.parquet"), {})
    other = tmp_path / "input.xlsx"
    other.touch()
    with pytest.raises(UnusableError, match=r"ends with one of \.csv"):
        inputs.source(str(other), {})


def stored(tmp_path: Path, lines: str) -> list[Input]:
    store = Folder(tmp_path)
    store.put("list.jsonl", lines.encode())
    return list(inputs.manifest(store, "list.jsonl"))


def test_a_manifest_names_objects_of_its_own_bucket(tmp_path: Path) -> None:
    found = stored(tmp_path, '"a.jpg"\n"s3://a-bucket/b/c.png"\n')
    assert [(one.key, one.name) for one in found] == [
        ("a.jpg", "s3://a-bucket/a.jpg"),
        ("b/c.png", "s3://a-bucket/b/c.png"),
    ]
    with pytest.raises(UnusableError, match="line 2 names s3://other/x"):
        stored(tmp_path, '"a.jpg"\n"s3://other/x"\n')
    with pytest.raises(UnusableError, match="line 1 is no key"):
        stored(tmp_path, '{"a": 1}\n')


def test_pictures_below_a_prefix_are_read_where_they_are(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    for key in ("in/b.jpg", "in/a.png", "in/notes.txt", "out/c.jpg"):
        store.put(key, b"x")
    assert [one.key for one in inputs.objects(store, "in/")] == ["in/a.png", "in/b.jpg"]
