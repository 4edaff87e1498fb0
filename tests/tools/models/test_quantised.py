"""A quantised file is asked in real numbers, and says of pictures itself how they are prepared."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import calls
import model_apps
import tiny_metadata
import tiny_onnx
import tiny_tflite
from new_folders import Make, Open
from pipeline_runs import Home
from shared_data import DATA, needs
from tiny_onnx import Node, Value
from tiny_tflite import Kept

PIXELS, SHARES = Kept("uint8", 1 / 128, 128), Kept("uint8", 1 / 256, 0)
SIGNED, SIGNED_SHARES = Kept("int8", 1 / 128, 0), Kept("int8", 1 / 256, -128)
NETWORK = DATA / "imagenet" / "mobilenet_v2_1.0_224_quant.tflite"


def square(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("element", ["int8", "uint8"])
def test_requests_and_answers_have_real_numbers(tmp_path: Path, make: Make, opened: Open, element: str) -> None:
    file = tiny_tflite.write(tmp_path / "m.tflite", Kept(element, 0.5, 7), Kept(element, 1.0, 3))
    made = make("sums", file)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "3 calls: at most 0 from" in made.stderr
    answer = model_apps.post(opened("sums"), "/predict", {"a": [[1.2, 0.3, 1e6]], "b": [[4, 5, 6]]})
    # The nearest halves; and the largest is what there is.
    largest = (127 if element == "int8" else 255) * 0.5 - 3.5 + 6
    assert answer == (200, {"result": [[5.0, pytest.approx(5.5, abs=0.5), pytest.approx(largest, abs=0.5)]]})
    readme = (tmp_path / "sums" / "README.md").read_text()
    assert f"float32, which the file keeps as {element} in steps of 0.5" in readme


@pytest.mark.parametrize(("given", "wanted"), [(PIXELS, SHARES), (SIGNED, SIGNED_SHARES)], ids=["uint8", "int8"])
@pytest.mark.parametrize("way", ["-1..1", "imagenet"])
def test_pixels_go_in_as_the_file_keeps_them(
    tmp_path: Path, make: Make, opened: Open, given: Kept, wanted: Kept, way: str
) -> None:
    file = tiny_tflite.colours(tmp_path / "m.tflite", given, wanted)
    made = make("colours", file, f"--preprocess={way}")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "3 pictures: at most 0 from" in made.stderr
    status, answer = model_apps.post(opened("colours"), "/predict", square("blue"), "image/png")
    assert (status, answer[0][0]) == (200, "2")


def test_bytes_that_stand_for_nothing_else_are_pixels(tmp_path: Path, make: Make, opened: Open) -> None:
    """As of networks that prepare pictures themselves."""
    given = [Value("pixels", "uint8", [1, 8, 8, 3])]
    nodes = [
        Node("Cast", ["pixels"], ["real"], {"to": 1}),
        Node("Reshape", ["real", "places"], ["rows"]),
        Node("MatMul", ["ones", "rows"], ["scores"]),
    ]
    weights = {"places": np.array([64, 3]), "ones": np.full((1, 64), 1 / 64, np.float32)}
    file = tiny_onnx.write(tmp_path / "m.onnx", nodes, given, [Value("scores", "float32", [1, 3])], weights=weights)
    assert make("other", file, "--preprocess=imagenet").stdout.splitlines()[2] == "give --preprocess 0..255"
    made = make("colours", file, "--preprocess=0..255")
    assert made.returncode == 0, made.stdout + made.stderr
    status, answer = model_apps.post(opened("colours"), "/predict", square("blue"), "image/png")
    assert (status, answer[0][0]) == (200, "2")


def said(to: Path, given: Kept, wanted: Kept, names: str = "red\ngreen\nblue\n") -> Path:
    """With TFLite's metadata."""
    file = tiny_tflite.colours(to, given, wanted, tiny_metadata.content([127.5], [127.5], "labels.txt"))
    tiny_metadata.pack(file, "labels.txt", names)
    return file


@pytest.mark.parametrize(
    ("given", "wanted"), [(tiny_tflite.REAL, tiny_tflite.REAL), (PIXELS, SHARES)], ids=["float32", "uint8"]
)
def test_what_the_file_says_of_pictures_is_done_and_told(
    tmp_path: Path, make: Make, opened: Open, given: Kept, wanted: Kept
) -> None:
    made = make("colours", said(tmp_path / "m.tflite", given, wanted))
    assert made.returncode == 0, made.stdout + made.stderr
    assert "pictures are prepared as the file says, (value - 127.5) / 127.5" in made.stderr
    assert "the file names 3 classes: red, green, blue\n" in made.stderr
    status, answer = model_apps.post(opened("colours"), "/predict", square("red"), "image/png")
    assert (status, answer[0][0]) == (200, "red")


def test_what_is_asked_for_wins_over_the_file(tmp_path: Path, make: Make) -> None:
    file = said(tmp_path / "m.tflite", tiny_tflite.REAL, tiny_tflite.REAL)
    made = make("colours", file, "--preprocess=imagenet")
    assert "as the file says" not in made.stderr
    assert "123.675" in (tmp_path / "colours" / "app" / "main.py").read_text()
    assert make("numbers", file, "--preprocess=none").returncode == 0
    assert "pixels: " in (tmp_path / "numbers" / "app" / "main.py").read_text()


def test_names_that_are_not_as_many_as_the_classes_are_nobodys(tmp_path: Path, make: Make) -> None:
    file = said(tmp_path / "m.tflite", tiny_tflite.REAL, tiny_tflite.REAL, "one\n")
    assert make("colours", file).returncode == 0
    assert (tmp_path / "colours" / "model" / "labels.txt").read_text() == "0\n1\n2\n"


def test_metadata_that_is_none_is_told_and_left(tmp_path: Path, make: Make) -> None:
    file = tiny_tflite.colours(tmp_path / "m.tflite", metadata=b"nothing of the kind" * 9)
    made = make("numbers", file)
    assert (made.returncode, "the file's metadata cannot be read" in made.stderr) == (0, True)


def test_more_numbers_than_are_made_up_are_asked_where_the_file_has_so_many(tmp_path: Path, make: Make) -> None:
    """As a detector has, of pictures of 300 x 300."""
    inputs = [Value("pixels", "float32", [1, 300, 300, 3])]
    outputs = [Value("means", "float32", [1, 1, 1, 1])]
    nodes = [Node("ReduceMean", ["pixels"], ["means"], {"keepdims": 1})]
    file = tiny_onnx.write(tmp_path / "m.onnx", nodes, inputs, outputs)
    made = make("detector", file)
    assert made.returncode == 0, made.stdout + made.stderr


def means(to: Path, props: dict[str, str]) -> Path:
    nodes = [Node("GlobalAveragePool", ["pixels"], ["pooled"]), Node("Flatten", ["pooled"], ["scores"])]
    given = [Value("pixels", "float32", ["n", 3, 8, 8])]
    return tiny_onnx.write(to, nodes, given, [Value("scores", "float32", ["n", 3])], props=props)


@pytest.mark.parametrize(
    ("props", "way", "first"),
    [
        ({"Image.NominalPixelRange": "Normalized_0_1", "Image.BitmapPixelFormat": "Rgb8"}, "(value - 0) / 255", "0"),
        ({"image.nominalpixelrange": "normalized_1_1"}, "(value - 127.5) / 127.5", "0"),
        ({"Image.NominalPixelRange": "NominalRange_0_255"}, "(value - 0) / 1", "0"),
        ({"task": "classify", "names": "{0: 'r', 1: 'g', 2: 'b'}"}, "(value - 0) / 255", "r"),
    ],
)
def test_what_an_onnx_file_says_of_pictures(
    tmp_path: Path, make: Make, opened: Open, props: dict[str, str], way: str, first: str
) -> None:
    made = make("colours", means(tmp_path / "m.onnx", props))
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"as the file says, {way}" in made.stderr
    status, answer = model_apps.post(opened("colours"), "/predict", square("red"), "image/png")
    assert (status, answer[0][0]) == (200, first)


@pytest.mark.parametrize(
    ("props", "told"),
    [
        ({"Image.NominalPixelRange": "Normalized_0_1", "Image.BitmapPixelFormat": "Bgr8"}, "as bgr8, and only rgb8"),
        ({"task": "detect", "names": "{0: 'r'}"}, "3 calls"),
    ],
)
def test_what_cannot_be_done_as_the_file_says_takes_numbers(
    tmp_path: Path, make: Make, props: dict[str, str], told: str
) -> None:
    made = make("numbers", means(tmp_path / "m.onnx", props))
    assert (made.returncode, told in made.stderr) == (0, True)
    assert "pixels: " in (tmp_path / "numbers" / "app" / "main.py").read_text()


def test_a_terminal_is_asked_how_pictures_are_prepared(tmp_path: Path, make: Make) -> None:
    made = make("colours", means(tmp_path / "m.onnx", {}), "--ask", input="what\n0..1\n\n")
    assert made.stderr.count("imagenet, -1..1, 0..1, 0..255, none [none]: ") == 2
    assert "std=(255.0, 255.0, 255.0)" in (tmp_path / "colours" / "app" / "main.py").read_text()


def test_pictures_for_a_file_that_says_nothing_of_them_are_refused(tmp_path: Path, make: Make) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "red.png").write_bytes(square("red"))
    made = make("colours", means(tmp_path / "m.onnx", {}), "--samples", "given")
    assert (made.returncode, "--preprocess" in made.stdout) == (3, True)


@pytest.mark.every_framework
def test_from_a_quantised_file_to_an_address_and_away(home: Home, tmp_path: Path) -> None:
    file = said(tmp_path / "m.tflite", PIXELS, SHARES)
    home.run("--new", "kept-whole", "--from", str(file), cwd=tmp_path).checked()
    run = home.run("-s", "local", "-r", "-p", "./kept-whole", "-d", cwd=tmp_path).checked()
    query = {"data": base64.b64encode(square("lime")).decode(), "n_predictions": 1}
    assert calls.post(run.api_url, query) == (200, [["green", pytest.approx(100, abs=1)]])
    home.run("-s", "local", "-m", "./kept-whole", "-x", "-y", cwd=tmp_path).checked()


@needs(NETWORK)
def test_a_published_network_names_what_is_on_a_photograph(tmp_path: Path, make: Make, opened: Open) -> None:
    """Its names hold two cranes, and one for none of them."""
    options = ["--labels", str(DATA / "imagenet" / "labels_1001.txt"), "--samples", str(DATA / "photos")]
    made = make("animals", NETWORK, "--preprocess=-1..1", *options)
    assert "3 pictures: at most 0 from" in made.stderr
    opened("animals")
    event = json.loads((tmp_path / "animals" / "events" / "parrot.json").read_text())
    assert event["answer"]["body"][0] == ["macaw", pytest.approx(99.6, abs=0.1)]
