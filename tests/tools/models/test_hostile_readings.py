"""What a stranger's file says of itself stays data: a reading may have been forged, and sources are written of it."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from new_folders import Make
from pipeline_runs import ROOT
from tools.models import environment, held
from tools.models.reading import Column, Picture, Port, Quantised, Reading, Refused, Table, Tensors, Texts, decoded
from tools.models.writing import events, folder, made, readme

CAT = ROOT / "serving" / "pictures" / "samples" / "photographs" / "cat.jpg"
CODE = "__import__('os').system('touch hacked')"
HOSTILE = (
    f"x\n{CODE}  #",
    f'x"""\n{CODE}\n"""',
    f"x'''\n{CODE}\n'''",
    f'x", {CODE}, "',
    f"x', {CODE}, '",
    f'\\", {CODE}) #',
    f"\\', {CODE}) #",
    f"x\u2028{CODE}\u2029\x85\r{CODE}",
    "{" + CODE + "} {{}} %s \\N{DIGIT ONE} \\",
    f"x]), {CODE}, [({{" + ", y" * 60,
    "../../hacked\x00\x1b[31m",
)
PORTS = [Port("an in", "int8", ["a size", 2]), Port("two in", "string", [2])]
OUT = [Port("an out", "float32", ["a size", 2], Quantised("int8", 0.5, 1))]
IMAGE = Picture(8, 8, 8, (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), is_planar=False)
KIND: dict[str, Reading] = {
    "table": Table(
        runtime="xgboost",
        summary="a summary",
        columns=[Column("a name"), Column("b name", "category", ["one", "two"]), Column("c name", "text")],
        is_named=True,
        gets="probability",
        labels=["no", "yes"],
        notes=["a note"],
        rows=[[1.0, "one", "text"], [2.0, "two", "text"]],
        answers=[0.25, 0.75],
    ),
    "list": Table(
        runtime="onnxruntime",
        summary="a summary",
        columns=[Column("a name"), Column("b name")],
        is_named=False,
        gets="value",
        rows=[[1.0, 2.0], [2.0, 3.0]],
        answers=[0.25, 0.75],
    ),
    "categories": Table(
        runtime="catboost",
        summary="a summary",
        columns=[Column("a name"), Column("b name", "open", ["one", "two"], is_optional=False)],
        is_named=True,
        gets="value",
        rows=[[1.0, "one"], [2.0, "another"]],
        answers=[0.25, 0.75],
    ),
    "tensors": Tensors(
        runtime="litert",
        summary="a summary",
        inputs=PORTS,
        outputs=OUT,
        signature="a signature",
        signatures=["a signature", "another"],
        notes=["a note"],
        calls=[[[[1, 2]], ["a", "b"]]],
        answers=[[[[0.5, 1.0]]]],
    ),
    "pictures": Tensors(
        runtime="litert",
        summary="a summary",
        inputs=[Port("an in", "float32", [1, 8, 8, 3], Quantised("uint8", 0.5, 1))],
        outputs=[Port("an out", "float32", [1, 2])],
        signature="a signature",
        picture=IMAGE,
        labels=["a cat", "a dog"],
        calls=[[str(CAT)]],
        answers=[[0.25, 0.75]],
    ),
    "texts": Texts(
        runtime="onnxruntime-texts",
        summary="a summary",
        gets="class",
        labels=["bad", "good"],
        longest=8,
        texts=["a text", "another"],
        answers=[[0.25, 0.75], [0.5, 0.5]],
        tokens=[2, 1],
    ),
}


def texts_in(found: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a text stands, but for the tag and for calls, which are held to what was asked."""
    inner: Any = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in inner:
        if key == "type" or (key == "calls" and found["picture"]):
            continue
        if isinstance(value, str):
            yield (*at, key)
        yield from texts_in(value, (*at, key))


def forged(kind: str, where: tuple[Any, ...], text: str) -> bytes:
    found = copy.deepcopy(msgspec.to_builtins(KIND[kind]))
    inner = found
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = text
    return json.dumps(found).encode()


def source_of(reading: Any, model_file: str = "model.onnx") -> str:
    return made.of(reading, "A title", model_file, reading.labels).app.source()


def shape(source: str) -> list[Any]:
    """What is done, without what it is done to: the nodes, and all names but those of fields."""
    tree = ast.parse(source)
    fields = {node.target for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)}
    return [
        (
            type(node),
            None if node in fields else getattr(node, "id", getattr(node, "attr", getattr(node, "name", None))),
        )
        for node in ast.walk(tree)
    ]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", KIND)
def test_no_text_of_a_reading_becomes_code(kind: str, hostile: str) -> None:
    harmless = shape(source_of(KIND[kind]))
    places = list(texts_in(msgspec.to_builtins(KIND[kind])))
    refused = set()
    for where in places:
        try:
            reading = decoded(forged(kind, where, hostile), Reading)
        except Refused:
            refused.add(where[-1])
            continue
        assert shape(source_of(reading)) == harmless, where
    assert refused == {"runtime", *({"kind", "gets", "element"} & {each[-1] for each in places})}


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", KIND)
def test_nor_does_the_name_of_its_file(kind: str, hostile: str) -> None:
    assert shape(source_of(KIND[kind], f"model.{hostile}")) == shape(source_of(KIND[kind]))


@pytest.mark.parametrize("kind", KIND)
def test_nothing_is_written_outside_of_the_folder(tmp_path: Path, kind: str) -> None:
    model, new = tmp_path / "model.onnx", tmp_path / "new"
    model.write_bytes(b"../hacked")
    written = msgspec.to_builtins(KIND[kind])
    for where in texts_in(written):
        if where[-1] not in ("runtime", "kind", "gets", "element"):
            inner = written
            for key in where[:-1]:
                inner = inner[key]
            inner[where[-1]] = f"{where}/../../../hacked"
    reading = decoded(json.dumps(written).encode(), Reading)
    found = made.of(reading, "A title", "model.onnx", reading.labels)
    request, answer = next(iter(found.good.values()))
    page = readme.text("new", "A title", reading.summary, request, answer, "model.onnx", found.notes, "")
    folder.write(new, found.runtime, model, "model.onnx", found.app.source(), page)
    events.write(new / "events", {name: events.good(*pair, {}) for name, pair in found.good.items()}, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.onnx", "new"]


def test_a_class_is_one_line_of_labels() -> None:
    found = made.of(KIND["pictures"], "A title", "model.tflite", ["a\ncat", "a\u2028dog"])
    assert found.labels == ["a cat", "a dog"]


def test_a_page_has_no_line_of_a_stranger() -> None:
    columns = [Column("a\n# Now run this", "category", ["b\n`|"])]
    assert [line for page in readme.columns(columns) for line in page.splitlines()] == [
        "| column | |",
        "|---|---|",
        '| `a # Now run this` | `"b\\n  "` |',
        "`null` is a missing value.",
    ]


def test_nor_has_what_is_said_of_a_category_that_may_be_any() -> None:
    [table, missing, _] = readme.columns([Column("a\n# Now run this", "open", ["b\n`|"]), Column("b")])
    of_any = "a category, text or a whole number; the model knows"
    assert table.splitlines()[2] == f'| `a # Now run this` | {of_any} `"b\\n  "` and maybe others |'
    assert missing == "`null` is a missing number."


def test_what_a_container_forged_is_refused_before_it_is_written(tmp_path: Path, make: Make) -> None:
    (tmp_path / "m.keras").write_bytes(b"PK")
    for where in (("runtime",), ("inputs", 0, "element"), ("outputs", 0, "quantised", "element")):
        reading = json.loads(forged("tensors", where, f"x\n{CODE}  #"))
        (tmp_path / "answer").write_text(json.dumps({"reading": reading, "model": ""}))
        done = make("m", tmp_path / "m.keras", "--converted", str(tmp_path / "answer"))
        assert (done.returncode, done.stdout.splitlines()[0]) == (
            3,
            "what was read of the model is no description of one",
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["answer", "m.keras"]


def test_no_file_is_read_that_the_model_was_not_asked_about(tmp_path: Path, make: Make) -> None:
    (tmp_path / "m.keras").write_bytes(b"PK")
    (tmp_path / "credentials").write_text("secret")
    for call in (str(tmp_path / "credentials"), f"{CAT.parent}/../photographs/cat.jpg"):
        reading = json.loads(forged("pictures", ("calls", 0, 0), call))
        (tmp_path / "answer").write_text(json.dumps({"reading": reading, "model": ""}))
        done = make("m", tmp_path / "m.keras", "--converted", str(tmp_path / "answer"))
        assert (done.returncode, done.stdout.splitlines()[0]) == (3, f"the model answers about {[call]}")
        assert not (tmp_path / "m").exists()


def test_a_new_app_finds_no_key_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setattr(environment, "is_here", lambda _: True)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "main.py").write_text(
        "import json, os\n"
        "class handler:\n"
        "    def respond(request, _):\n"
        "        return type('Answer', (), {'status': 200, 'body': json.dumps(dict(os.environ))})\n"
    )
    [(_, seen)] = held.asked(tmp_path, [events.request({})], environment.variables("litert", tmp_path))
    assert "PATH" in seen
    assert [name for name, value in seen.items() if value == "secret" or name in ("HOME", "USER")] == []
