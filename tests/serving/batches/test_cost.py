"""A chunk takes no more memory however long it is, waits for S3 while it computes, and costs a request nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

import buckets
import serving
from buckets import Bucket
from pipeline_runs import ROOT
from serving.batches import chunk, inputs
from serving.storage.objects import Found
from small_models import Sum, Table

# An object of any length without the memory for it. What a chunk's process took at most, in kilobytes.
MEASURED = """
import resource, sys
from serving.batches import run
from serving.storage.objects import Found
from small_models import Sum, make_table_handler

LINE = b'{"input_X": [1.25, 2.5, 3.75]}\\n'
LENGTH, FORM = int(sys.argv[1]) * len(LINE), sys.argv[2]

class Endless:
    def get(self, bucket, key, start, size):
        size = min(size, LENGTH - start)
        shift = start % len(LINE)
        return Found((LINE * (size // len(LINE) + 2))[shift : shift + size], LENGTH)

    def put(self, bucket, key, blocks, size, sha256, type_, about):
        assert sum(map(len, blocks())) == size

    def close(self):
        pass

def predict_many(model, tables):
    return [Sum("Successful", prediction=1.0) for _ in tables]

run.Objects = Endless
where = {"bucket": "a-bucket", "key": "k", "start": 0}
form = {
    "lines": {"lines": {**where, "end": LENGTH}},
    "pieces": {"pieces": {**where, "sizes": [len(LINE) * 1000] * (LENGTH // len(LINE) // 1000)}},
    "objects": {"objects": {"bucket": "a-bucket", "keys": ["k"] * (LENGTH // len(LINE) // 1000)}},
}[FORM]
handler = make_table_handler(predict_many=predict_many, max_bytes=len(LINE) * 1000)
handler({"batch": {"first": 0, "inputs": form, "output": {"bucket": "a-bucket", "key": "r"}}})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def kilobytes(lines: int, form: str) -> int:
    command = [sys.executable, "-c", MEASURED, str(lines), form]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "AWS_REGION": "eu-central-1"}
    return int(subprocess.check_output(command, env=environment, text=True).splitlines()[-1])


@pytest.mark.parametrize("form", ["lines", "pieces", "objects"])
def test_memory_does_not_grow_with_the_chunk(form: str) -> None:
    # 9 and 46 megabytes.
    few, many = kilobytes(300_000, form), kilobytes(1_500_000, form)
    assert many - few < 8 * 1024


class Slow:
    """Takes its time for each object, and notes how many wait at once."""

    def __init__(self) -> None:
        self.waiting = self.most = 0

    def get(self, bucket: str, key: str, start: int, size: int) -> Found:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        time.sleep(0.05)
        self.waiting -= 1
        return Found(key.encode(), len(key))


def test_objects_are_asked_for_while_others_are_answered() -> None:
    slow: Any = Slow()
    keys = [f"{number:02}" for number in range(24)]
    form = chunk.Objects("a-bucket", keys)
    started = time.monotonic()
    found = [body.content.decode() for body in inputs.bodies(form, slow, 100) if isinstance(body, inputs.Body)]
    assert found == keys
    assert time.monotonic() - started < 24 * 0.05 / 2
    assert 1 < slow.most <= inputs.AT_ONCE


def test_the_next_part_of_an_object_is_read_while_the_one_before_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    second = threading.Event()

    def get(bucket: str, key: str, start: int, size: int) -> Found:
        if start:
            second.set()
        return Found(b"1234567\n" * (size // 8), 32)

    monkeypatch.setattr(inputs, "PART", 16)
    memory: Any = SimpleNamespace(get=get)
    groups = inputs.lines(chunk.Lines("a-bucket", "k", 0, 32), memory, 100)
    assert next(groups) == [b"1234567"] * 2
    assert second.wait(5)
    assert list(groups) == [[b"1234567"] * 2]


def test_inputs_that_wait_for_somebody_s_server_do_so_side_by_side(bucket: Bucket) -> None:
    threads = []

    def predict(_: float, table: Table) -> Sum:
        [number] = table.input_X
        if number != 5:
            threads.append(threading.current_thread())
            return Sum("computed", prediction=float(str(number)))
        with serving.timer("fetch"):
            time.sleep(0.05)
        return Sum(serving.request_id(), prediction=float(str(number)))

    handler = serving.Handler(lambda: 1.0, predict)
    computed, waiting = [b'{"input_X": [1]}'] * 20, [b'{"input_X": [5]}'] * 24
    inputs = buckets.lines(bucket, [*computed, *waiting, b"{}"])
    started = time.monotonic()
    assert handler(buckets.event(inputs))["failed"] == 1
    assert time.monotonic() - started < 24 * 0.05 / 2
    rows = buckets.results(bucket)
    assert [row["row"] for row in rows] == list(range(45))
    assert [row["output"]["message"] for row in rows[20:44]] == [f"{buckets.OUTPUT}:{row}" for row in range(20, 44)]
    # Threads would only be in the way of what computes.
    assert set(threads) == {threading.main_thread()}
