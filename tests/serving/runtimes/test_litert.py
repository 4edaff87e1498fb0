"""LiteRT's C library computes whatever a `.tflite` file holds: several inputs, open sizes, several signatures."""

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tiny_tflite
from serving.runtimes.litert import Session
from serving.runtimes.session import OPEN, Description, Failed, Tensor


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
