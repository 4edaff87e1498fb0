"""What a start imports, and how much memory the worst pictures take. In fresh processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from sent_pictures import as_base64, bomb, saved
from tensorflow_example.conftest import FOLDER

# MEMORY_LAMBDA of defaults.env, less what the runtime and its client take.
MEGABYTES = 1769 - 200

ANSWER = """
import json, re, sys
from pathlib import Path
model, request = sys.argv[1:]
import app.network.facts
app.network.facts.FOLDER = model
from app.main import handler
answer = handler(json.loads(Path(request).read_text()))
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
maps = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
threads = len(list(Path("/proc/self/task").iterdir()))
print(json.dumps([answer, int(peak[1]) / 1024, sorted(sys.modules), sorted(maps), threads]))
"""


class Answered:
    def __init__(self, model: Path, request: object, folder: Path) -> None:
        file = folder / "request.json"
        file.write_text(json.dumps(request))
        output = subprocess.run(
            [sys.executable, "-c", ANSWER, model, file],
            env={**os.environ, "BACKEND": "fast", "PYTHONPATH": f"{FOLDER}{os.pathsep}{FOLDER.parent}"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        # The last line: the log lines of the handler come before it.
        self.answer, self.megabytes, modules, self.mapped, self.threads = json.loads(output.splitlines()[-1])
        self.modules = set(modules)


@pytest.fixture
def answered(exported: Path, seven: bytes, tmp_path: Path) -> Answered:
    return Answered(exported, {"data": as_base64(seven)}, tmp_path)


def test_no_framework_and_no_numpy_is_imported(answered: Answered) -> None:
    assert answered.answer[0][0] == "7"
    assert not answered.modules & {"numpy", "ai_edge_litert", "tensorflow", "keras", "google.protobuf"}


def test_what_only_some_requests_need_is_not_imported(answered: Answered) -> None:
    assert not answered.modules & {"ssl", "http.client", "concurrent.futures", "PIL.WebPImagePlugin"}


def test_no_accelerator_is_looked_for_and_no_thread_is_started(answered: Answered) -> None:
    assert any(path.endswith("libLiteRt.so") for path in answered.mapped)
    assert not [path for path in answered.mapped if "Accelerator" in path or "Dispatch" in path]
    assert answered.threads == 1


def largest_jpeg() -> bytes:
    """As many pixels as are taken, of which no scale trick saves any."""
    return saved(Image.new("L", (7000, 7000), 128), "JPEG", progressive=True)


def largest_png() -> bytes:
    return saved(Image.new("RGBA", (7000, 7000), (1, 2, 3, 100)), compress_level=1)


@pytest.mark.parametrize("content", [bomb(), bomb(7000, 7100), largest_jpeg(), largest_png()], ids=lambda _: "")
def test_the_worst_picture_stays_within_the_memory_of_the_function(
    exported: Path, tmp_path: Path, content: bytes
) -> None:
    assert Answered(exported, {"data": as_base64(content)}, tmp_path).megabytes < MEGABYTES
