"""What one input has in it that is strange ends that input, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from serving.pictures.formats import MEDIA_TYPES
from tools.batch import collect, formats, inputs, pictures, quote, rows
from tools.batch.given import MOST_BODY, Remarks, UnusableError
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
    [body] = rows.bodies(lambda: io.BytesIO(b'x,y\n"%s",1\n' % quoted), schema, Remarks())
    assert json.loads(body)["y"] == 1


def test_a_manifest_line_that_is_no_json_is_no_key(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    with pytest.raises(UnusableError, match=r"there is no object s3://a-bucket/list\.jsonl"):
        list(inputs.manifest(store, "list.jsonl"))
    store.put("list.jsonl", b'"a.jpg"\n' + DEEP[-1] + b"\n")
    with pytest.raises(UnusableError, match="line 2 is no key"):
        list(inputs.manifest(store, "list.jsonl"))


@pytest.mark.timeout(20)
def test_a_folder_gives_its_own_regular_files_and_tells_what_it_leaves(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a key")
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    (folder / "a.png").write_bytes(b"a")
    (folder / "b.png").symlink_to(folder / "a.png")
    for name, to in (("x.png", tmp_path / "secret"), ("y.png", "/dev/zero"), ("z.png", "nothing")):
        (folder / name).symlink_to(to)
    (folder / "loop").symlink_to(folder)
    (folder / "more" / "out").symlink_to(tmp_path)
    os.mkfifo(folder / "p.png")
    source = inputs.source(str(folder), {})
    for _ in range(2):
        assert [(one.name, one.load()) for one in source.read()] == [("a.png", b"a"), ("b.png", b"a")]
        assert source.remarks.left_out == 6
    assert quote.remarked(source.remarks) == ["left out: 6, links or no regular files of this folder"]


def test_a_file_that_has_become_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    [one] = inputs.source(str(tmp_path), {}).read()
    (tmp_path / "a.png").unlink()
    (tmp_path / "a.png").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="symbolic"):
        one.load()


@pytest.mark.parametrize("size", [10, MOST_BODY + 100_000])
def test_of_a_picture_that_no_function_takes_no_more_is_read_than_shows_it(tmp_path: Path, size: int) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.png").write_bytes(b"x" * size)
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "f" / "a.png", "a.png")
    for name in ("f", "a.tar"):
        [one] = inputs.source(str(tmp_path / name), {}).read()
        assert one.size == len(one.load()) == min(size, MOST_BODY + 1)


def test_names_of_other_alphabets_are_names(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / name).write_bytes(b"x")
    with tarfile.open(tmp_path / "a.tar", "w", encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
        archive.add(folder / name, "café.png")
    for given in ("f", "a.tar"):
        [one] = inputs.source(str(tmp_path / given), {}).read()
        assert (one.name, one.load()) == (name, b"x")


def an_archive(folder: Path) -> bytes:
    about = tarfile.TarInfo("a.png")
    about.size = 100_000
    with tarfile.open(folder / "whole.tar.gz", "w:gz") as archive:
        archive.addfile(about, io.BytesIO(os.urandom(about.size)))
    return (folder / "whole.tar.gz").read_bytes()


def test_what_is_no_archive_or_not_all_of_one_is_refused(tmp_path: Path) -> None:
    whole = an_archive(tmp_path)
    broken = whole[:60] + b"\xff" * 20_000
    for number, content in enumerate((b"no archive", b"", whole[:50_000], broken, gzip.compress(b"x"))):
        file = tmp_path / f"{number}.tar.gz"
        file.write_bytes(content)
        with pytest.raises(UnusableError, match="it is no archive, or not all of one"):
            list(inputs.source(str(file), {}).read())


def test_the_kind_of_a_picture_is_the_same_on_every_machine() -> None:
    assert pictures.kind("a/b.WEBP") == "image/webp"
    assert set(pictures.KINDS.values()) == set(MEDIA_TYPES)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'""', "it is empty"),
        (b'"s3://a-bucket/"', "it is empty"),
        (json.dumps("é" * 513).encode(), "it has 1,026 bytes, and a key has 1,024 at most"),
        (b'"\\ud800.png"', "it has half of a character in it"),
    ],
)
def test_a_key_that_s3_does_not_take_is_refused_by_its_line(tmp_path: Path, line: bytes, why: str) -> None:
    store = Folder(tmp_path)
    store.put("list.jsonl", b'"a.jpg"\n' + line + b"\n")
    with pytest.raises(UnusableError, match=f"line 2 is no key: {why}"):
        list(inputs.manifest(store, "list.jsonl"))
