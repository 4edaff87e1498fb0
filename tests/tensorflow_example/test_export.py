"""What the build does with weights: exports those that fit, and ends with one line about those that do not."""

import json
import shutil
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import calls
from exporting.chosen import PICTURES
from model_apps import imported
from model_images import model_in, pushed
from pipeline_runs import Home, Run, copy_of
from sent_pictures import as_base64, saved
from tensorflow_example import tiny
from tensorflow_example.conftest import FOLDER
from tools.releases import events

OWN = FOLDER / "weights" / "digits.weights.h5"


def build(home: Home, folder: Path = FOLDER, **environment: str) -> Run:
    return home.run("-s", "local", "-r", "-p", str(folder), env={"WEIGHTS": "digits", **environment})


def why(run: Run) -> list[str]:
    """What the build itself says of its end."""
    assert run.status == 1, run.stderr
    return [line.strip() for line in run.stderr.splitlines() if "export: " in line]


def test_a_parity_that_fails_fails_the_build(home: Home, tmp_path: Path) -> None:
    """An export that divides by a little more than it should: nothing but the comparison can tell."""
    folder = copy_of(FOLDER, tmp_path / "sabotaged")
    source = folder / "export" / "checkpoint.py"
    honest = "- mean) / std\n"
    assert source.read_text().count(honest) == 1
    source.write_text(source.read_text().replace(honest, "- mean) / std / 1.02\n"))
    [line] = why(build(home, folder))
    assert "in the framework and" in line
    assert "more than 0.001 apart" in line


@pytest.mark.every_build
def test_weights_of_another_number_of_classes_fail_the_build(home: Home, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("even\nodd\n")
    [line] = why(build(home, WEIGHTS_FILE=str(OWN), LABELS_FILE=str(labels)))
    assert "the weights do not fit efficientnet_lite with 2 classes" in line


@pytest.mark.every_build
def test_a_file_that_holds_no_weights_fails_the_build(home: Home, tmp_path: Path) -> None:
    for name in ("mine.h5", "mine.keras", "mine.tflite"):
        (tmp_path / name).write_text("<!doctype html>")
        assert len(why(build(home, WEIGHTS_FILE=str(tmp_path / name)))) == 1


@pytest.mark.every_build
def test_a_classifier_of_other_sizes_fails_the_build(home: Home, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("red\nblue\n")
    file = tiny.write(tmp_path / "four.tflite", rows=((1, 0, 0),) * 4)
    [line] = why(build(home, WEIGHTS_FILE=str(file), LABELS_FILE=str(labels)))
    assert "the model has 4 outputs and there are 2 labels; it can be as many or one more" in line
    file = tiny.write(tmp_path / "grey.tflite", rows=((1,), (2,)), shape=(1, 6, 6, 1))
    [line] = why(build(home, WEIGHTS_FILE=str(file), LABELS_FILE=str(labels)))
    assert "the model takes 6 x 6 x 1" in line


@pytest.mark.every_build
def test_a_checkpoint_of_ones_own(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: list[tuple[Image.Image, int]]
) -> None:
    weights, labels = tmp_path / "mine.weights.h5", tmp_path / "labels.txt"
    shutil.copyfile(OWN, weights)
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    labels.write_text("".join(f"n{number:08} {name}\n" for number, name in enumerate(names)))
    image = pushed(home, FOLDER, WEIGHTS="digits", WEIGHTS_FILE=str(weights), LABELS_FILE=str(labels))
    handler = imported(model_in(image, tmp_path / "model"), monkeypatch).handler
    tile = next(tile for tile, label in digits if label == 7)
    [(label, _)] = handler({"data": as_base64(saved(tile)), "n_predictions": 1})
    assert label == "seven"
    assert handler.model.facts.categories[7] == "n00000007"


def test_a_tflite_of_ones_own_with_a_background_and_without_softmax(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Floats in, one output more than labels, no probabilities out: all of it is found out in the build."""
    labels = tmp_path / "labels.txt"
    labels.write_text("red\ngreen\nblue\n")
    rows = ((9, 9, 9), (4, 0, 0), (0, 4, 0), (0, 0, 4))
    file = tiny.write(tmp_path / "colours.tflite", rows=rows, softmax=False)
    image = pushed(home, FOLDER, WEIGHTS="digits", WEIGHTS_FILE=str(file), LABELS_FILE=str(labels))
    model = model_in(image, tmp_path / "model")
    assert (model / "model.tflite").read_bytes() == file.read_bytes()
    facts = json.loads((model / "model.json").read_text())
    assert facts["softmax"]
    assert [facts["preprocessing"][side] for side in ("width", "height", "shorter_side")] == [6, 6, 6]
    handler = imported(model, monkeypatch).handler
    for colour in ("red", "lime", "blue"):
        answer = handler({"data": as_base64(saved(Image.new("RGB", (50, 40), colour))), "n_predictions": 3})
        assert answer[0][0] == {"lime": "green"}.get(colour, colour)
        assert len(answer) == 3


def asked(url: str, content: bytes) -> Any:
    return calls.post(url, {"data": as_base64(content), "n_predictions": 10})


@pytest.mark.every_back_end
def test_both_back_ends_answer_alike(home: Home, tmp_path: Path, digits: list[tuple[Image.Image, int]]) -> None:
    """Through the whole stack. The native one is TensorFlow, which the fast image has not."""
    found: dict[str, list[dict[str, float]]] = {}
    pictures = [saved(tile.resize((90, 90))) for tile, _ in digits[:20]]
    pictures += [path.read_bytes() for path in sorted(PICTURES.glob("*/*.jpg"))]
    for backend in ("native", "fast"):
        environment = {"WEIGHTS": "digits", "BACKEND": backend}
        url = home.run("-s", "local", "-r", "-p", str(FOLDER), "-d", env=environment).checked().api_url
        path = urllib.parse.urlsplit(url).path
        assert path.endswith("/predict")
        status, health = calls.get(url, "/health")
        assert (status, health["backend"], health["weights"]) == (200, backend, "digits")
        found[backend] = []
        for picture in pictures:
            status, answer = asked(url, picture)
            assert status == 200
            found[backend].append(dict(answer))
        assert events.main(url, str(FOLDER / "events")) == 0
    for fast, native in zip(found["fast"], found["native"], strict=True):
        assert fast == pytest.approx(native, abs=0.1)  # percent: a thousandth
        assert next(iter(fast)) == next(iter(native))
