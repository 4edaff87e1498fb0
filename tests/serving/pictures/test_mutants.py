"""Thousands of broken pictures, new ones each time: each is decoded or refused, at once and in silence.

Some seconds of them always; as many as one likes with -m every_mutant.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 10

# In a process of its own: a crash ends that one, and memory is limited by the kernel.
TRYING = """
import json, os, random, resource, sys, time
sys.path[:0] = [".", "tests"]
from picture_mutants import mutant, seeds
from serving.pictures import decoding
from serving.pictures.preprocessing import prepared
from serving.requests.errors import Invalid
from PIL import Image, PngImagePlugin, JpegImagePlugin, GifImagePlugin, BmpImagePlugin, WebPImagePlugin

HOW = decoding.Preprocessing(224, 224, 256)
seed, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
chance, pictures, tried, codes = random.Random(seed), seeds(), 0, {}
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

def used(image):
    image.convert("L").resize((8, 8), Image.Resampling.LANCZOS)
    return prepared(image, HOW, exact=True).tobytes()

while time.monotonic() < end:
    picture = mutant(chance, *chance.choice(pictures))
    print(tried, file=open(sys.argv[3], "w"))
    started = time.process_time()
    try:
        decoding.opened(picture, used, field="data")
        code = "decoded"
    except Invalid as refused:
        code = refused.code
        assert refused.field == "data"
    seconds = time.process_time() - started
    assert seconds < 1, (tried, seconds)
    codes[code] = codes.get(code, 0) + 1
    tried += 1
print(json.dumps(codes))
"""


def run(seed: int, seconds: float, progress: Path) -> dict[str, int]:
    # Python's warnings are a line each in the log (serving/streams.py); C libraries' would be none of ours.
    command = [sys.executable, "-W", "ignore", "-c", TRYING, str(seed), str(seconds), str(progress)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = progress.read_text().strip()
    where = f"seed {seed}, mutant {last}, status {done.returncode}: {done.stderr[-2000:]}"
    assert done.returncode == 0, where
    assert not done.stderr, where
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_a_broken_picture_is_decoded_or_refused(tmp_path: Path) -> None:
    found = run(random.randrange(1 << 32), SECONDS, tmp_path / "progress")
    # Broken where it matters, and not so that nobody would look at it.
    assert sum(found.values()) > 500
    assert found["decoded"] > sum(found.values()) / 20
    assert found["broken_image"] > sum(found.values()) / 20


@pytest.mark.every_mutant
@pytest.mark.timeout(0)
def test_so_are_all_of_them(tmp_path: Path) -> None:
    """MUTANT_SECONDS of them, ten minutes unless it says otherwise."""
    assert run(random.randrange(1 << 32), float(os.environ.get("MUTANT_SECONDS", "600")), tmp_path / "progress")
