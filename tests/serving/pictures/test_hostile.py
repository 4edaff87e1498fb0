"""What a picture may cost is known before it is decoded, and no picture costs more."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hostile_pictures import COSTLY, NAMED, saved
from serving.pictures import decoding

ROOT = Path(__file__).resolve().parents[3]

# In a process of its own, whose memory nobody else has grown: both ways to use a picture, in a row.
DECODING = """
import json, sys, time
from serving.pictures import decoding
from serving.pictures.preprocessing import prepared
from serving.requests.errors import Invalid
from PIL import Image, PngImagePlugin, JpegImagePlugin, GifImagePlugin, BmpImagePlugin, WebPImagePlugin

def peak():
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(lines["VmHWM"].split()[0]) * 1024

def used(image):
    image.convert("L").resize((8, 8), Image.Resampling.LANCZOS)
    return prepared(image, HOW, exact=True).tobytes()

HOW = decoding.Preprocessing(224, 224, 256)
picture = sys.stdin.buffer.read()
before, started = peak(), time.process_time()
code = need = None
try:
    decoding.opened(picture, used, field="data")
except Invalid as refused:
    code = refused.code
seconds, memory = time.process_time() - started, peak() - before
if len(sys.argv) > 1:
    _, plain, _ = decoding.reduced(picture)
    need = [plain.seconds, plain.need]
print(json.dumps({"code": code, "seconds": seconds, "memory": memory, "reckoned": need}))
"""


def decoded(picture: bytes, *arguments: str) -> tuple[dict[str, Any], bytes]:
    command = [sys.executable, "-c", DECODING, *arguments]
    run = subprocess.run(command, cwd=ROOT, input=picture, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found, run.stderr


@pytest.mark.parametrize("name", NAMED)
def test_a_picture_made_to_cost_costs_next_to_nothing(name: str) -> None:
    make, code = NAMED[name]
    picture = make()
    found, said = decoded(picture)
    assert found["code"] == code
    assert found["seconds"] < 0.25
    assert found["memory"] < 32_000_000 + 2 * len(picture)
    assert not said


# A side that is taken of every kind, and large enough for what a pixel costs to outweigh the rest.
SIDE = 2000


@pytest.mark.parametrize("kind", COSTLY)
def test_no_kind_of_picture_takes_more_than_was_reckoned(kind: str) -> None:
    picture = COSTLY[kind](SIDE)
    # What else runs on the machine adds to a time, and takes nothing from it.
    found = min((decoded(picture, "reckon")[0] for _ in range(3)), key=lambda each: float(each["seconds"]))
    assert found["code"] is None
    seconds, memory = found["reckoned"]
    assert found["memory"] <= memory
    # The figures are those of one processor, and this may be another.
    assert found["seconds"] < 2 * seconds
    assert seconds < decoding.MOST_SECONDS


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_what_comes_after_a_picture_does_not_count(format_: str) -> None:
    # Phones put films behind their pictures, in which every pair of bytes occurs by chance.
    options = {"progressive": True} if format_ == "JPEG" else {}
    picture = saved(Image.new("RGB", (400, 300), "teal"), format_, **options)
    behind = random.Random(1).randbytes(8_000_000)
    assert behind.count(b"\xff\xda") > 100
    how = decoding.Preprocessing(224, 224, 256)
    assert decoding.pixels(picture + behind, how, field="data") == decoding.pixels(picture, how, field="data")
