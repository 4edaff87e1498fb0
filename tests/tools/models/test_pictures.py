"""A classifier of pictures becomes a folder that takes pictures, prepared as it was trained."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

import model_apps
import tiny_onnx
from new_folders import Make, Open
from tiny_onnx import Node, Value


def colours(to: Path, *, is_planar: bool = True, softmax: bool = False) -> Path:
    """Scores red, green and blue by how much of each there is."""
    sizes: list[int | str] = ["n", 3, 8, 8] if is_planar else ["n", 8, 8, 3]
    pooled = [Node("GlobalAveragePool", ["pixels"], ["pooled"]), Node("Flatten", ["pooled"], ["flat"])]
    nodes = [*pooled, Node("Softmax" if softmax else "Identity", ["flat"], ["scores"])]
    return tiny_onnx.write(to, nodes, [Value("pixels", "float32", sizes)], [Value("scores", "float32", ["n", 3])])


def square(colour: str, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("way", ["imagenet", "-1..1", "0..1", "0..255"])
@pytest.mark.parametrize("softmax", [False, True], ids=["scores", "probabilities"])
def test_every_way_to_prepare_pictures(tmp_path: Path, make: Make, opened: Open, way: str, softmax: bool) -> None:
    (tmp_path / "labels.txt").write_text("red\ngreen\nblue\n")
    file = colours(tmp_path / "m.onnx", softmax=softmax)
    made = make("colours", file, "--labels", "labels.txt", f"--preprocess={way}")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "3 pictures: at most" in made.stderr
    app = opened("colours")
    for colour in ("red", "blue"):
        status, answer = model_apps.post(app, "/predict", square(colour), "image/png")
        assert (status, answer[0][0], len(answer)) == (200, colour, 3)
        assert sum(share for _, share in answer) == pytest.approx(100, abs=0.1)


def test_events_hold_the_pictures_that_were_given(tmp_path: Path, make: Make, opened: Open) -> None:
    (tmp_path / "given").mkdir()
    for colour in ("red", "green"):
        (tmp_path / "given" / f"{colour}.jpg").write_bytes(square(colour, "JPEG"))
    made = make("colours", colours(tmp_path / "m.onnx"), "--preprocess", "0..1", "--samples", "given")
    assert made.returncode == 0, made.stdout + made.stderr
    opened("colours")
    event = json.loads((tmp_path / "colours" / "events" / "green.json").read_text())
    assert event["request"]["body"] == {"data": {"$file": "green.jpg"}, "n_predictions": 3}
    assert event["answer"]["body"][0][0] == "1"
    refusal = json.loads((tmp_path / "colours" / "events" / "not-a-picture.json").read_text())
    assert refusal["answer"]["body"]["code"] == "not_an_image"
    assert "pillow" in (tmp_path / "colours" / "requirements.in").read_text()


def test_a_model_that_takes_no_pictures_is_refused(tmp_path: Path, make: Make) -> None:
    value = [Value("a", "float32", ["n", 3])]
    file = tiny_onnx.write(
        tmp_path / "m.onnx", [Node("Identity", ["a"], ["b"])], value, [Value("b", "float32", ["n", 3])]
    )
    made = make("m", file, "--preprocess", "0..1")
    assert (made.returncode, made.stdout.splitlines()[0][:38]) == (3, "the model is no classifier of pictures")


def test_a_way_that_nobody_knows_is_refused(tmp_path: Path, make: Make) -> None:
    made = make("m", colours(tmp_path / "m.onnx"), "--preprocess", "caffe")
    assert (made.returncode, "imagenet" in made.stdout.splitlines()[2]) == (3, True)
