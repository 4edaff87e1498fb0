"""From a file of tensors to a folder that answers what the framework answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model_apps
import tiny_onnx
import tiny_tflite
from new_folders import Make, Open
from tiny_onnx import Node, Value


def test_two_inputs_and_two_outputs(tmp_path: Path, make: Make, opened: Open) -> None:
    nodes = [Node("Add", ["a", "b:0"], ["sum"]), Node("Mul", ["a", "b:0"], ["product"])]
    sides = [[Value(name, "float32", ["rows", 3]) for name in names] for names in (("a", "b:0"), ("sum", "product"))]
    made = make("two", tiny_onnx.write(tmp_path / "m.onnx", nodes, *sides))
    assert made.returncode == 0, made.stdout + made.stderr
    assert "3 calls: at most 0 from" in made.stderr
    app = opened("two")
    answer = model_apps.post(app, "/predict", {"a": [[1, 2, 3]], "b:0": [[4, 5, 6]]})
    assert answer == (200, {"sum": [[5, 7, 9]], "product": [[4, 10, 18]]})
    status, refused = model_apps.post(app, "/predict", {"a": [[1, 2]], "b:0": [[4, 5, 6]]})
    assert (status, refused["field"], refused["code"]) == (400, "a[0]", "wrong_length")
    # Of two tensors that do not go together the runtime knows, and says so.
    status, refused = model_apps.post(app, "/predict", {"a": [[1, 2, 3]] * 2, "b:0": [[4, 5, 6]] * 3})
    assert (status, refused["message"][:30]) == (400, "The model cannot compute this:")


ELEMENTS: dict[str, Any] = {
    "float32": 1.5,
    "float64": 0.1234567891,
    "int8": -128,
    "uint8": 255,
    "int16": -3,
    "uint16": 65535,
    "int32": -(2**31),
    "uint32": 2**32 - 1,
    "int64": 2**53 - 1,
    "uint64": 7,
    "bool": True,
    "string": "Zürich 🗼",
}


def test_numbers_of_every_kind_truths_and_text(tmp_path: Path, make: Make, opened: Open) -> None:
    """One model with an input of each, which it gives back; of one there is a single value."""
    nodes = [Node("Identity", [name], [f"{name}_out"]) for name in (*ELEMENTS, "one")]
    inputs = [*(Value(name, name, ["n", 2]) for name in ELEMENTS), Value("one", "int64", [])]
    outputs = [*(Value(f"{name}_out", name, ["n", 2]) for name in ELEMENTS), Value("one_out", "int64", [])]
    made = make("all-kinds", tiny_onnx.write(tmp_path / "m.onnx", nodes, inputs, outputs))
    assert made.returncode == 0, made.stdout + made.stderr
    app = opened("all-kinds")
    given = {name: [[value, value]] for name, value in ELEMENTS.items()} | {"one": 5}
    status, answer = model_apps.post(app, "/predict", given)
    assert (status, answer) == (200, {f"{name}_out": value for name, value in given.items()})
    for name, value in {"int8": -129, "uint8": 1.5, "bool": 1, "string": 1, "float32": 1e39}.items():
        status, refused = model_apps.post(app, "/predict", given | {name: [[value, value]]})
        assert (status, refused["field"]) == (400, f"{name}[0][0]")


@pytest.mark.parametrize("element", ["float32", "bool", "string"])
def test_a_single_value_beside_a_list(tmp_path: Path, make: Make, opened: Open, element: str) -> None:
    nodes = [Node("Identity", [name], [f"{name}_out"]) for name in ("many", "one")]
    sizes: dict[str, list[int | str]] = {"many": ["n"], "one": []}
    sides = [[Value(f"{name}{end}", element, sizes[name]) for name in sizes] for end in ("", "_out")]
    made = make("single", tiny_onnx.write(tmp_path / "m.onnx", nodes, *sides))
    assert made.returncode == 0, made.stdout + made.stderr
    value = ELEMENTS[element]
    answer = model_apps.post(opened("single"), "/predict", {"many": [value], "one": value})
    assert answer == (200, {"many_out": [value], "one_out": value})


def test_sizes_that_must_be_larger_are_found(tmp_path: Path, make: Make, opened: Open) -> None:
    """Eight of what is open: two or four are too few."""
    nodes = [Node("MatMul", ["a", "b"], ["c"])]
    inputs = [Value("a", "float32", ["n", 8]), Value("b", "float32", ["m", 1])]
    made = make("larger", tiny_onnx.write(tmp_path / "m.onnx", nodes, inputs, [Value("c", "float32", ["n", 1])]))
    assert made.returncode == 0, made.stdout + made.stderr
    status, answer = model_apps.post(opened("larger"), "/predict", {"a": [[1] * 8], "b": [[1]] * 8})
    assert (status, answer) == (200, {"c": [[8]]})


def test_samples_say_what_cannot_be_made_up(tmp_path: Path, make: Make, opened: Open) -> None:
    nodes = [Node("MatMul", ["a", "b"], ["c"])]
    inputs = [Value("a", "float32", ["n", "k"]), Value("b", "float32", ["k2", 1])]
    file = tiny_onnx.write(tmp_path / "m.onnx", nodes, inputs, [Value("c", "float32", ["n", 1])])
    (tmp_path / "calls.json").write_text(json.dumps([{"a": [[1, 2, 3]], "b": [[1], [2], [3]]}]))
    made = make("sampled", file, "--samples", "calls.json")
    assert made.returncode == 0, made.stdout + made.stderr
    [event] = (tmp_path / "sampled" / "events").glob("*call.json")
    assert json.loads(event.read_text())["answer"]["body"] == {"c": [[14.0]]}
    opened("sampled")


def test_large_tensors_leave_sources_and_pages_readable(tmp_path: Path, make: Make, opened: Open) -> None:
    sizes: list[int | str] = [1, 3, 64, 64]
    inputs, outputs = [Value("pixels", "float32", sizes)], [Value("same", "float32", sizes)]
    file = tiny_onnx.write(tmp_path / "m.onnx", [Node("Identity", ["pixels"], ["same"])], inputs, outputs)
    made = make("pictures", file)
    assert made.returncode == 0, made.stdout + made.stderr
    opened("pictures")
    folder = tmp_path / "pictures"
    assert len((folder / "README.md").read_text()) < 2500
    assert len((folder / "app" / "main.py").read_text()) < 1500
    assert sorted(path.stem for path in (folder / "events").iterdir()) == ["health", "one-call", "wrong-type"]


def test_a_signature_of_litert(tmp_path: Path, make: Make, opened: Open) -> None:
    made = make("two", tiny_tflite.write(tmp_path / "m.tflite"))
    assert made.returncode == 0, made.stdout + made.stderr
    assert "of the signatures add, multiply app/main.py opens add" in made.stderr
    answer = model_apps.post(opened("two"), "/predict", {"a": [[1, 2, 3]], "b": [[4, 5, 6]]})
    assert answer == (200, {"result": [[5, 7, 9]]})


def test_another_signature_of_litert(tmp_path: Path, make: Make, opened: Open) -> None:
    made = make("two", tiny_tflite.write(tmp_path / "m.tflite"), "--signature", "multiply")
    assert made.returncode == 0, made.stdout + made.stderr
    answer = model_apps.post(opened("two"), "/predict", {"a": [[1, 2, 3]], "b": [[4, 5, 6]]})
    assert answer == (200, {"result": [[4, 10, 18]]})


def test_a_signature_that_is_not_there_is_refused(tmp_path: Path, make: Make) -> None:
    made = make("two", tiny_tflite.write(tmp_path / "m.tflite"), "--signature", "divide")
    assert made.returncode == 3
    assert made.stdout.splitlines()[:2] == ["the file has no signature divide", "it has add, multiply"]
    assert [path.name for path in tmp_path.iterdir()] == ["m.tflite"]


def test_a_terminal_is_asked_for_the_signature(tmp_path: Path, make: Make, opened: Open) -> None:
    made = make("two", tiny_tflite.write(tmp_path / "m.tflite"), "--ask", input="what\nmultiply\n")
    assert made.stderr.count("Which of the signatures add, multiply [add]: ") == 2
    answer = model_apps.post(opened("two"), "/predict", {"a": [[1, 2, 3]], "b": [[4, 5, 6]]})
    assert answer == (200, {"result": [[4, 10, 18]]})


@pytest.mark.parametrize(
    ("node", "output", "says", "then"),
    [
        (Node("SequenceConstruct", ["a", "a"], ["sequence"]), "sequence", "sequence is a seq", "zipmap"),
    ],
)
def test_what_is_no_tensor_is_refused(
    tmp_path: Path, make: Make, node: Node, output: str, says: str, then: str
) -> None:
    file = tiny_onnx.write(tmp_path / "m.onnx", [node], [Value("a", "float32", [1])], [Value(output, "float32", [1])])
    made = make("m", file)
    what, _, advice = made.stdout.splitlines()
    assert (made.returncode, says in what, then in advice) == (3, True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_weights_beside_the_file_come_along(tmp_path: Path, make: Make) -> None:
    """ONNX keeps weights of more than 2 GB in files of their own, whose names stand in the model."""
    content = tiny_onnx.write(
        tmp_path / "m.onnx",
        [Node("Identity", ["a"], ["b"])],
        [Value("a", "float32", ["n"])],
        [Value("b", "float32", ["n"])],
    ).read_bytes()
    # A field that no reader knows, with the name of the file in it.
    name = b"m.onnx.data"
    (tmp_path / "m.onnx").write_bytes(content + b"\xf2\x3f" + bytes([len(name)]) + name)
    (tmp_path / "m.onnx.data").write_bytes(np.zeros(4, np.float32).tobytes())
    (tmp_path / "unrelated").write_text("no")
    made = make("big", tmp_path / "m.onnx")
    assert made.returncode == 0, made.stdout + made.stderr
    assert {path.name for path in (tmp_path / "big" / "model").iterdir()} == {"model.onnx", "m.onnx.data"}
