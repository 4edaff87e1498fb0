"""The fast back end starts with little: no framework, no NumPy, one thread, and it tells nobody."""

from __future__ import annotations

import json
import subprocess

import model_images
from pytorch_example.pictures import given, photographs

STATE = """
import json, os, sys
from app.main import handler
handler(json.load(sys.stdin))
print(json.dumps([len(os.listdir("/proc/self/task")), os.environ["ORT_DISABLE_TELEMETRY"]]))
"""


def test_nothing_is_imported_that_a_request_does_not_need(image: str) -> None:
    _, modules = model_images.answers(image, [given(photographs()[0][1])])
    heavy = {"numpy", "onnxruntime", "onnx", "torch", "torchvision", "http.client", "ssl", "urllib.request", "asyncio"}
    assert not modules & heavy
    assert "app.network.native" not in modules


def test_one_thread_and_no_telemetry(image: str) -> None:
    """ONNX Runtime reports to its makers unless told not to, from a thread of its own."""
    command = ["docker", "run", "--rm", "--interactive", "--entrypoint", "python3", image, "-c", STATE]
    request = json.dumps(given(photographs()[0][1]))
    said = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
    assert json.loads(said.stdout.splitlines()[-1]) == [1, "1"]
    assert "telemetry" not in said.stderr.lower()


def test_the_image_holds_one_library_of_the_runtime(image: str) -> None:
    files = model_images.files(image)
    runtime = [file for file in files if "/onnxruntime/" in file and not file.endswith((".txt", "LICENSE"))]
    assert len(runtime) == 1
    assert runtime[0].startswith("/opt/python/onnxruntime/capi/libonnxruntime.so.")
    assert [file for file in files if "/numpy/" in file or "/torch/" in file or file.endswith(".pth")] == []
    assert [file for file in files if "LICENSE" in file and "onnxruntime" in file] != []
