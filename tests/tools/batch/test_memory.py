"""A million rows take no more of the pipeline's memory than ten thousand do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_runs import ROOT

PROGRAM = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from tools.batch import chunks, collect, formats, inputs, missing, places, survey
from tools_batch import PLAN, Folder, packed

work, count = Path(sys.argv[1]), int(sys.argv[2])
numbers = {"type": "array", "items": {"type": "number"}}
schema = {"whole": {}, "body": {"properties": {"x": numbers}}}
source = inputs.source(str(work / "rows.csv"), schema)
found = survey.survey(source.read())
assert found.count == count
store = Folder(work / "bucket")
plan = packed(store, replace(PLAN, count=count, chunk=500), source, work / "work")
for chunk in missing.missing(store, plan):
    lines = (b'{"row": %d, "output": 1, "ms": 1.5}\\n' % row for row in range(chunk.first, chunk.first + chunk.count))
    store.put(places.result(plan.batch, chunk.first), b"".join(lines))
with formats.writing(str(work / "out.jsonl"), work) as write:
    counts, _ = collect.collected(store, plan, write)
assert (counts.rows, counts.failed) == (count, 0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(folder: Path, count: int) -> int:
    """In kilobytes, of reading, packing and collecting."""
    folder.mkdir()
    with (folder / "rows.csv").open("w") as file:
        file.write("a,b\n")
        for n in range(count):
            file.write(f"{n},0.5\n")
    command = [sys.executable, "-c", PROGRAM, str(folder), str(count)]
    return int(subprocess.check_output(command, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}, text=True))


@pytest.mark.parametrize("many", [100_000, pytest.param(1_000_000, marks=pytest.mark.whole_memory)])
def test_many_rows_take_the_memory_of_few(tmp_path: Path, many: int) -> None:
    assert peak(tmp_path / "many", many) < 1.1 * peak(tmp_path / "few", 10_000)
