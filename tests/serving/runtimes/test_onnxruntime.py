"""ONNX Runtime's C library gives what its Python package gives, of any tensors."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import tiny_onnx
from processes import allocated
from serving.runtimes import onnxruntime as onnxruntime_library
from serving.runtimes.onnxruntime import Session
from serving.runtimes.session import OPEN, Description, Failed, Tensor
from tiny_onnx import Node, Value

NUMBERS = ["float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Two inputs, two outputs; how many rows there are is open."""
    nodes = [Node("Add", ["a", "b"], ["sum"]), Node("Mul", ["a", "b"], ["product"])]
    sides = [[Value(name, "float32", ["rows", 3]) for name in names] for names in (("a", "b"), ("sum", "product"))]
    return tiny_onnx.write(tmp_path / "several.onnx", nodes, *sides)


def same(folder: Path, element: str, sizes: list[int | str]) -> Session:
    """A model that gives back what it is given."""
    given, wanted = Value("given", element, sizes), Value("wanted", element, sizes)
    return Session(
        str(tiny_onnx.write(folder / "same.onnx", [Node("Identity", ["given"], ["wanted"])], [given], [wanted]))
    )


def test_a_model_says_what_it_takes_and_gives(several: Path) -> None:
    session = Session(str(several))
    assert session.inputs == tuple(Description(name, "float32", (OPEN, 3)) for name in ("a", "b"))
    assert session.outputs == tuple(Description(name, "float32", (OPEN, 3)) for name in ("sum", "product"))


def test_several_tensors_of_any_number_of_rows_give_what_the_package_gives(several: Path) -> None:
    session, package = Session(str(several)), onnxruntime.InferenceSession(several)
    random = np.random.default_rng(0)
    for rows in (1, 7, 0, 100):
        a, b = (random.normal(size=(rows, 3)).astype(np.float32) for _ in "ab")
        found = session.run([Tensor("float32", (rows, 3), each.tobytes()) for each in (a, b)])
        for ours, theirs in zip(found, package.run(None, {"a": a, "b": b}), strict=True):
            assert (ours.shape, ours.content) == (theirs.shape, theirs.tobytes())


@pytest.mark.parametrize("element", NUMBERS)
def test_numbers_of_every_kind_pass(tmp_path: Path, element: str) -> None:
    given = Tensor.of(element, (2, 2), [0, 1, 1, 0])
    session = same(tmp_path, element, [2, "open"])
    assert session.inputs[0].element == element
    assert session.run([given]) == [given]
    assert list(given.numbers) == [0, 1, 1, 0]


def test_strings_pass(tmp_path: Path) -> None:
    session = same(tmp_path, "string", ["rows", 1])
    for texts in (["", "Zürich", "東京 🗼", ""], ["one"], []):
        [found] = session.run([Tensor.of("string", (len(texts), 1), texts)])
        assert (found.shape, found.numbers) == ((len(texts), 1), texts)


def test_a_single_value_has_no_size(tmp_path: Path) -> None:
    session = same(tmp_path, "int64", [])
    assert session.run([Tensor.of("int64", (), [5])]) == [Tensor.of("int64", (), [5])]


def test_what_a_run_takes_it_gives_back(several: Path) -> None:
    session = Session(str(several))
    two, three = (Tensor("float32", (rows, 3), bytes(12 * rows)) for rows in (2, 3))

    def run(times: int) -> None:
        for _ in range(times):
            session.run([two, two])
            with pytest.raises(Failed):
                session.run([two, three])

    run(50)
    before = allocated()
    run(500)
    # Half of the least that a library can ask for, each time.
    assert allocated() - before < 500 * 8


def test_a_kind_that_python_has_no_number_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"ONNX Runtime: tensors of kind 10 cannot be served here\."):
        same(tmp_path, "float16", [1])


def test_a_library_that_is_too_old_is_told(several: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime_library, "_API_VERSION", 10_000)
    with pytest.raises(Failed, match=r"does not have version 10000 of its interface: it is too old\."):
        Session(str(several))


def test_nobody_is_told_what_it_runs(several: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    Session(str(several))
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_threads_share_a_session(several: Path) -> None:
    session = Session(str(several))

    def right(number: int) -> bool:
        tensor = Tensor.of("float32", (1, 3), [number] * 3)
        wanted = [Tensor.of("float32", (1, 3), [each] * 3) for each in (2 * number, number**2)]
        return all(session.run([tensor, tensor]) == wanted for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(right, range(4))) == [True] * 4


def test_what_onnx_runtime_says_is_told(tmp_path: Path) -> None:
    (tmp_path / "none.onnx").write_bytes(b"<!doctype html>")
    with pytest.raises(Failed, match=r"ONNX Runtime: .*none\.onnx failed"):
        Session(str(tmp_path / "none.onnx"))


def test_a_sequence_is_refused_with_what_to_do(tmp_path: Path) -> None:
    nodes = [Node("SequenceConstruct", ["a", "a"], ["sequence"])]
    file = tiny_onnx.write(
        tmp_path / "m.onnx", nodes, [Value("a", "float32", [1])], [Value("sequence", "float32", [1])]
    )
    with pytest.raises(Failed, match=r"output sequence is not a tensor\. Export the model without maps and sequences"):
        Session(str(file))
