"""The fast back end is the default because it starts sooner. Measured, in fresh processes.

`pytest -s tests/xgboost_example/test_start.py` prints the comparison.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROUNDS = 7
AT_LEAST = 3

# What a Lambda function does between its start and its first answer.
FIRST_ANSWER = """
import time
start = time.perf_counter()
from app.main import handler
row = [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]
answer = handler({"input_X": row})
seconds = time.perf_counter() - start
import json, re, sys
# Not getrusage: its peak begins with that of the process that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(json.dumps([seconds, int(peak[1]) / 1024, answer["prediction"], sorted(sys.modules)]))
"""


def first_answer(folder: Path, backend: str) -> tuple[float, float, set[str]]:
    """Seconds, megabytes and modules of a process that answers once."""
    output = subprocess.run(
        [sys.executable, "-c", FIRST_ANSWER],
        env={
            **os.environ,
            "BACKEND": backend,
            "PYTHONPATH": os.pathsep.join([str(folder), str(folder.parent)]),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    # The last line: the log lines of the handler come before it.
    seconds, megabytes, prediction, modules = json.loads(output.splitlines()[-1])
    assert 14.7 <= prediction < 14.8
    return seconds, megabytes, set(modules)


def test_the_fast_back_end_starts_at_least_three_times_sooner(folder: Path) -> None:
    runs: dict[str, list[tuple[float, float, set[str]]]] = {"fast": [], "native": []}
    for back_end in runs:
        first_answer(folder, back_end)  # Not counted: it finds no compiled modules.
    for _ in range(ROUNDS):
        for back_end, measured in runs.items():  # In turn: a busy machine slows both.
            measured.append(first_answer(folder, back_end))

    seconds = {name: median(run[0] for run in measured) for name, measured in runs.items()}
    print(f"\nFrom the first import to the first answer, median of {ROUNDS} runs in turn:")
    for name, measured in runs.items():
        megabytes = median(run[1] for run in measured)
        print(f"  {name:<7} {seconds[name] * 1000:6.0f} ms {megabytes:6.0f} MB")
    print(f"  fast is {seconds['native'] / seconds['fast']:.1f} times sooner")
    assert seconds["native"] / seconds["fast"] >= AT_LEAST


def test_the_fast_back_end_imports_no_framework(folder: Path) -> None:
    _, _, modules = first_answer(folder, "fast")
    assert not modules & {"xgboost", "scipy", "numpy"}
