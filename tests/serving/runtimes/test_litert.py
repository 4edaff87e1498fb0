"""LiteRT's C library computes whatever a `.tflite` file holds: several inputs, open sizes, several signatures."""

import gc
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from ctypes import c_void_p
from pathlib import Path

import pytest

import tiny_tflite
from processes import resident
from serving.runtimes.litert import Session
from serving.runtimes.litert_library import Library
from serving.runtimes.session import OPEN, Description, Failed, Tensor
from tiny_tflite import Kept


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tiny_tflite.write(tmp_path / "tiny.tflite"))


def table(rows: int, start: int = 0) -> Tensor:
    return Tensor.of("float32", (rows, 3), range(start, start + 3 * rows))


def test_a_model_says_what_it_takes_and_gives(file: str) -> None:
    session = Session(file)
    assert session.inputs == tuple(Description(name, "float32", (OPEN, 3)) for name in "ab")
    assert session.outputs == (Description("result", "float32", (OPEN, 3)),)
    assert [each.scale for each in (*session.input_quantisations, *session.output_quantisations)] == [0, 0, 0]


def test_a_signature_is_chosen_by_its_name_and_is_else_the_first(file: str) -> None:
    given = [table(1, 1), table(1, 4)]
    for signature, wanted in ((None, [5, 7, 9]), ("add", [5, 7, 9]), ("multiply", [4, 10, 18])):
        [answer] = Session(file, signature).run(given)
        assert list(answer.numbers) == wanted


def test_a_signature_that_is_not_there_is_told_with_those_that_are(file: str) -> None:
    with pytest.raises(Failed, match="no signature 'divide'; it has add, multiply"):
        Session(file, "divide")


def test_every_number_of_rows_is_computed_however_many_there_were_before(file: str) -> None:
    session = Session(file)
    for rows in (1, 5, 2, 9, 1, 30, 3, 4, 5, 6, 7, 8, 1, 30):
        [answer] = session.run([table(rows), table(rows, 100)])
        assert answer == Tensor.of("float32", (rows, 3), [100 + 2 * each for each in range(3 * rows)])


def test_four_numbers_of_rows_are_kept_ready_and_the_others_given_back(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: Counter[str] = Counter()
    call, release = Library.call, Library.release

    def called(self: Library, name: str, *arguments: object) -> None:
        there.update([name])
        call(self, name, *arguments)

    def released(self: Library, kind: str, what: c_void_p) -> None:
        there.subtract([kind])
        release(self, kind, what)

    monkeypatch.setattr(Library, "call", called)
    monkeypatch.setattr(Library, "release", released)
    session = Session(file)
    # One row is what most requests have.
    assert there["CreateCompiledModel"] == 1
    session.run([table(1), table(1)])
    assert there["CreateCompiledModel"] == 1
    for rows in (2, 3, 4, 1, 5, 6, 7, 8, 9):
        session.run([table(rows), table(rows)])
    assert there["CreateCompiledModel"] + there["CompiledModel"] == 4
    assert there["CreateManagedTensorBufferFromRequirements"] + there["TensorBuffer"] == 4 * 3
    assert there["CreateOptions"] + there["Options"] == 0


def test_what_is_given_back_is_memory(file: str) -> None:
    session = Session(file)

    def computed(rows: int) -> None:
        session.run([Tensor("float32", (rows, 3), bytes(12 * rows))] * 2)

    for rows in range(100_000, 100_010):
        computed(rows)
    before = resident()
    for rows in range(100_010, 100_060):
        computed(rows)
    assert resident() - before < 50e6


NUMBERS = ["float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]


@pytest.mark.parametrize("element", NUMBERS)
def test_numbers_of_every_kind_pass(tmp_path: Path, element: str) -> None:
    session = Session(str(tiny_tflite.same(tmp_path / "same.tflite", Kept(element))))
    given = Tensor.of(element, (2,), [0, 1])
    assert session.inputs == (Description("a", element, (2,)),)
    assert session.run([given]) == [given]


def test_numbers_of_any_other_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"LiteRT: a holds numbers of kind 10, which cannot be served here\."):
        Session(str(tiny_tflite.same(tmp_path / "same.tflite", Kept("float16"))))


def test_what_whole_numbers_stand_for_is_told(tmp_path: Path) -> None:
    session = Session(str(tiny_tflite.same(tmp_path / "same.tflite", Kept("int8", 0.25, 3))))
    sides = (session.input_quantisations, session.output_quantisations)
    assert [[(each.scale, each.zero_point) for each in side] for side in sides] == [[(0.25, 3)]] * 2


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.tflite").write_text("<!doctype html>")
    with pytest.raises(Failed, match=r"LiteRT: CreateModelFromFile failed with status \d+\."):
        Session(str(tmp_path / "none.tflite"))


def test_threads_share_a_session(file: str) -> None:
    session = Session(file)

    def right(number: int) -> bool:
        tensors = [Tensor.of("float32", (rows, 3), [number] * 3 * rows) for rows in range(1, 40)]
        return all(set(session.run([tensor, tensor])[0].numbers) == {2 * number} for tensor in tensors)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(right, range(4))) == [True] * 4


def test_memory_decides_how_many_threads_there_are(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(megabytes: str) -> int:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", megabytes)
        before = len(list(Path("/proc/self/task").iterdir()))
        kept = Session(file)
        kept.run([table(1), table(1)])
        return len(list(Path("/proc/self/task").iterdir())) - before

    # Threads of sessions that earlier tests left end now, and not while those of this one are counted.
    gc.collect()
    # This one is the first.
    assert [started(megabytes) for megabytes in ("1769", "3538")] == [0, min(2, os.cpu_count() or 1) - 1]
