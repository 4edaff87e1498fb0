"""What every folder that classifies pictures does with bad ones, within the limits of a function."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from emulator import Emulator, docker
from hostile_pictures import NAMED
from pipeline_runs import FOLDERS, Home
from serving.pictures.decoding import MOST_PIXELS

LARGEST = (10_000, MOST_PIXELS // 10_000)


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def given(picture: bytes, **more: object) -> dict[str, object]:
    return {"data": base64.b64encode(picture).decode(), **more}


def bomb() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 5_000_000)) + chunk(b"IEND", b"")


GOOD = saved(Image.new("RGB", (64, 48), "teal"), "PNG")
FILM = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no picture": ({"n_predictions": 1}, "input_url"),
    "two pictures": (given(GOOD, input_url="https://example.com/a.png"), "data"),
    "not base64": ({"data": "no base64!"}, "data"),
    "not a picture": (given(b"%PDF-1.7 no picture"), "data"),
    "nothing": (given(b""), "data"),
    "truncated": (given(saved(Image.new("RGB", (640, 480), "teal"), "JPEG")[:700]), "data"),
    "a bomb": (given(bomb()), "data"),
    "no size": (given(bomb().replace(struct.pack(">I", 50_000), struct.pack(">I", 0))), "data"),
    "a film": (given(saved(FILM[0], "WEBP", save_all=True, append_images=FILM[1:])), "data"),
    "no such host": ({"input_url": "https://nowhere.invalid/a.png"}, "input_url"),
    "our own machine": ({"input_url": "http://127.0.0.1/a.png"}, "input_url"),
    "the metadata service": ({"input_url": "http://169.254.169.254/latest"}, "input_url"),
    "not an address": ({"input_url": "file:///etc/passwd"}, "input_url"),
    "an address of no text": ({"input_url": 5}, "input_url"),
    "0 predictions": (given(GOOD, n_predictions=0), "n_predictions"),
    "-1 predictions": (given(GOOD, n_predictions=-1), "n_predictions"),
    "1.5 predictions": (given(GOOD, n_predictions=1.5), "n_predictions"),
    "text of predictions": (given(GOOD, n_predictions="5"), "n_predictions"),
    "too many predictions": (given(GOOD, n_predictions=10**9), "n_predictions"),
    "an unknown field": (given(GOOD, top=3), "top"),
}


@pytest.fixture(
    scope="module",
    params=[folder for folder in FOLDERS if (folder / "weights.toml").exists()],
    ids=lambda folder: folder.name,
)
def emulator(
    request: pytest.FixtureRequest, home: Home, deployed: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    folder: Path = request.param
    home.run("-s", "local", "-r", "-m", str(folder)).checked()
    with Emulator(home, str(folder), tmp_path_factory.mktemp("rie") / "said") as started:
        started.wait(given(GOOD))
        yield started


def message(answer: Any) -> dict[str, Any]:
    """Of a refusal: an invocation has no status, so the answer is the gateway's envelope or the error itself."""
    found = json.loads(answer["body"]) if "body" in answer else answer
    assert isinstance(found, dict)
    return found


def test_a_good_picture_is_answered_best_first(emulator: Emulator) -> None:
    _, answer = emulator.invoke(given(GOOD, n_predictions=3))
    assert [type(label) for label, _ in answer] == [str] * 3
    percentages = [percentage for _, percentage in answer]
    assert percentages == sorted(percentages, reverse=True)
    assert 0 < sum(percentages) <= 100.02


def test_five_are_the_default(emulator: Emulator) -> None:
    assert len(emulator.invoke(given(GOOD))[1]) == 5


@pytest.mark.parametrize("what", BAD)
def test_a_bad_request_is_refused_and_its_field_is_named(emulator: Emulator, what: str) -> None:
    event, field = BAD[what]
    _, answer = emulator.invoke(event)
    refused = message(answer)
    assert refused["field"] == field, refused
    assert field in refused["message"]
    assert refused["code"] != "internal_error"


def test_the_largest_pictures_fit_into_memory(emulator: Emulator) -> None:
    limit = int(docker("inspect", "-f", "{{.HostConfig.Memory}}", emulator.container))
    pictures = {
        "flat JPEG": saved(Image.new("RGB", LARGEST, "teal"), "JPEG"),
        "progressive JPEG": saved(Image.new("RGB", LARGEST, "teal"), "JPEG", progressive=True),
        "CMYK JPEG": saved(Image.new("CMYK", LARGEST, "teal"), "JPEG"),
        "transparent PNG": saved(Image.new("RGBA", LARGEST, (9, 99, 199, 99)), "PNG", compress_level=9),
        "16 bit PNG": saved(Image.new("I;16", LARGEST, 999), "PNG", compress_level=9),
        "palette GIF": saved(Image.new("P", LARGEST, 1), "GIF"),
        "bomb": bomb(),
    }
    for name, picture in pictures.items():
        assert len(picture) < 4_000_000, name
        _, answer = emulator.invoke(given(picture))
        assert isinstance(answer, list) or "pixels" in message(answer)["message"], (name, answer)
    assert peak(emulator.container) < limit
    assert docker("inspect", "-f", "{{.State.OOMKilled}}", emulator.container).strip() == "false"


@pytest.mark.parametrize(
    "name", ["a PNG of one row", "a PNG of one column", "a BMP of one byte", "a JPEG of 1,000 scans"]
)
def test_a_picture_made_to_end_a_container_is_refused_and_the_next_one_answered(emulator: Emulator, name: str) -> None:
    make, code = NAMED[name]
    _, answer = emulator.invoke(given(make()))
    assert (message(answer)["field"], message(answer)["code"]) == ("data", code)
    assert len(emulator.invoke(given(GOOD))[1]) == 5
    assert docker("inspect", "-f", "{{.State.OOMKilled}}", emulator.container).strip() == "false"


def peak(container: str) -> int:
    """The most memory that the container has ever held, as the kernel counted it."""
    identity = docker("inspect", "-f", "{{.Id}}", container).strip()
    for file in (
        Path(f"/sys/fs/cgroup/memory/docker/{identity}/memory.max_usage_in_bytes"),
        Path(f"/sys/fs/cgroup/system.slice/docker-{identity}.scope/memory.peak"),
        Path(f"/sys/fs/cgroup/docker/{identity}/memory.peak"),
    ):
        if file.exists():
            return int(file.read_text())
    raise AssertionError("the kernel does not tell what a container's memory was at most")
