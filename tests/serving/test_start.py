"""How a process starts: what is collected when, and who hears what is said, under Lambda's runtime and elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

import serving
from pipeline_runs import ROOT

PROGRAM = """
import gc, json, sys
from serving import start

def load() -> list[object]:
    return [gc.isenabled(), type(sys.stderr).__module__]

found = [*start.loaded(load), gc.isenabled(), type(sys.stderr).__module__, gc.get_freeze_count() > 1000]
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:1", [False, "serving.streams", True, "serving.streams", True]),
        (None, [True, "_io", True, "_io", False]),
    ],
)
def test_nothing_is_collected_while_lambda_waits_and_what_is_loaded_never(
    address: str | None, found: list[object]
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "AWS_LAMBDA_RUNTIME_API"}
    if address:
        environment["AWS_LAMBDA_RUNTIME_API"] = address
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == found


def echo(model: None, query: str) -> str:
    return query


def test_how_long_the_model_took_to_load_is_told_in_milliseconds(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.perf_counter()
    handler = serving.Handler(lambda: time.sleep(0.02), echo)
    took = (time.perf_counter() - began) * 1e3
    handler("said")
    assert 20 <= json.loads(capsys.readouterr().out)["load_ms"] <= took
