"""What a runtime does to the process that it is in: the threads that it starts, and what it says beside the answer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pytest
import xgboost

import tiny_onnx
import tiny_tflite
from pipeline_runs import ROOT
from tiny_onnx import Node, Value

ROWS = np.random.default_rng(0).normal(size=(3000, 3))
RUN = """
import os, sys, threading
from importlib import import_module
from serving.runtimes.session import OPEN, Tensor, size
session = import_module(f"serving.runtimes.{sys.argv[1]}").Session(sys.argv[2])
def compute():
    shapes = [(each.element, (int(sys.argv[3]), *each.shape[1:])) for each in session.inputs]
    for _ in range(3):
        session.run([Tensor(element, shape, bytes(size(element, shape))) for element, shape in shapes])
    # Without the one that waits for this one.
    print(len(os.listdir("/proc/self/task")) - 1)
# Requests are answered on another thread than the one that loaded the model.
thread = threading.Thread(target=compute)
thread.start()
thread.join()
"""


def of_xgboost(folder: Path) -> Path:
    booster = xgboost.train({"nthread": 1}, xgboost.DMatrix(ROWS, ROWS[:, 0]), 5)
    booster.save_model(folder / "model.ubj")
    return folder / "model.ubj"


def of_lightgbm(folder: Path) -> Path:
    data = lightgbm.Dataset(ROWS, ROWS[:, 0])
    lightgbm.train({"verbose": -1, "num_threads": 1}, data, 5).save_model(folder / "model.txt")
    return folder / "model.txt"


def of_onnxruntime(folder: Path) -> Path:
    sides = [[Value(name, "float32", ["rows", 3])] for name in "ab"]
    return tiny_onnx.write(folder / "model.onnx", [Node("Exp", ["a"], ["b"])], *sides)


def of_litert(folder: Path) -> Path:
    return tiny_tflite.write(folder / "model.tflite")


# LiteRT has threads of their own for each number of rows; it is made ready for one.
@pytest.mark.parametrize(
    ("make", "rows"), [(of_xgboost, 3000), (of_lightgbm, 3000), (of_onnxruntime, 3000), (of_litert, 1)]
)
def test_as_many_threads_compute_as_memory_pays_for_and_nothing_is_said(
    tmp_path: Path, make: Callable[[Path], Path], rows: int
) -> None:
    name, file = make.__name__.removeprefix("of_"), make(tmp_path)
    # OpenMP has some for each thread that asks it.
    for megabytes, least, most in (("1769", 1, 1), ("3538", min(2, os.cpu_count() or 1), 3)):
        environment = {"PYTHONPATH": str(ROOT), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": megabytes}
        command = [sys.executable, "-c", RUN, name, str(file), str(rows)]
        run = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
        assert least <= int(run.stdout) <= most
        # LiteRT's delegate cannot be told to keep silent.
        assert run.stderr.replace("INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n", "") == ""
