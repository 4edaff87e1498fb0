"""Anybody's `.tflite` classifier: floats or whole numbers, with a background class or without, with softmax or not."""

from collections.abc import Sequence
from importlib import import_module
from math import exp
from pathlib import Path
from typing import Any

import pytest

from serving.pictures.decoding import Preprocessing
from tensorflow_example import tiny
from tensorflow_example.tiny import SIDE, Kind

KINDS: tuple[Kind, ...] = ("float32", "uint8", "int8")
ROWS = ((2, 0, 0), (0, 2, 0), (0, 0, 2))
COLOURS = [(250, 10, 10), (20, 200, 90), (90, 100, 240), (128, 128, 128), (0, 0, 0), (255, 255, 255)]
TENSORFLOW = Preprocessing(SIDE, SIDE, SIDE, mean=(127.5,) * 3, std=(127.5,) * 3)
TORCHVISION = Preprocessing(SIDE, SIDE, SIDE, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))


def probabilities(colour: Sequence[int], how: Preprocessing, rows: Sequence[Sequence[float]] = ROWS) -> list[float]:
    values = [(value - mean) / std for value, mean, std in zip(colour, how.mean, how.std, strict=True)]
    powers = [exp(sum(map(float.__mul__, map(float, row), values))) for row in rows]
    return [power / sum(powers) for power in powers]


def network(file: Path, how: Preprocessing = TENSORFLOW, **options: Any) -> Any:
    return import_module("app.network.litert").Network(str(file), how, **options)


def pixels(colour: Sequence[int]) -> bytes:
    return bytes(colour) * SIDE * SIDE


@pytest.mark.parametrize("kind", KINDS)
def test_gives_the_probabilities_that_the_numbers_make(tmp_path: Path, kind: Kind) -> None:
    served = network(tiny.write(tmp_path / "m.tflite", kind, rows=ROWS))
    for colour in COLOURS:
        [scores] = served.scores([pixels(colour)])
        tolerance = 1e-4 if kind == "float32" else 0.03
        assert list(scores) == pytest.approx(probabilities(colour, TENSORFLOW), abs=tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_a_softmax_that_is_missing_is_added(tmp_path: Path, kind: Kind) -> None:
    served = network(tiny.write(tmp_path / "m.tflite", kind, rows=ROWS, softmax=False), softmax=True)
    for colour in COLOURS:
        [scores] = served.scores([pixels(colour)])
        assert list(scores) == pytest.approx(probabilities(colour, TENSORFLOW), abs=1e-4 if kind == "float32" else 0.03)


def test_every_channel_of_floats_is_normalised_by_its_own_numbers(tmp_path: Path) -> None:
    served = network(tiny.write(tmp_path / "m.tflite", rows=ROWS), TORCHVISION)
    for colour in COLOURS:
        [scores] = served.scores([pixels(colour)])
        assert list(scores) == pytest.approx(probabilities(colour, TORCHVISION), abs=1e-4)


@pytest.mark.parametrize("kind", ["uint8", "int8"])
def test_every_channel_of_whole_numbers_too(tmp_path: Path, kind: Kind) -> None:
    """Calibrated on pictures that torchvision normalised: from -2.2 to 2.7 in 255 steps."""
    zero_point = 114 if kind == "uint8" else -14
    file = tiny.write(tmp_path / "m.tflite", kind, rows=ROWS, input_scale=4.85 / 255, input_zero_point=zero_point)
    served = network(file, TORCHVISION)
    for colour in COLOURS:
        [scores] = served.scores([pixels(colour)])
        assert list(scores) == pytest.approx(probabilities(colour, TORCHVISION), abs=0.05)


def test_pixels_that_are_what_the_file_takes_are_not_touched(tmp_path: Path) -> None:
    served = network(tiny.write(tmp_path / "m.tflite", "uint8", input_scale=1 / 128, input_zero_point=128))
    given = bytes(range(SIDE * SIDE * 3))
    assert served._prepare(given) is given


def test_of_a_file_for_one_picture_a_list_is_answered_one_by_one(tmp_path: Path) -> None:
    served = network(tiny.write(tmp_path / "m.tflite", rows=ROWS), batch=4)
    assert served.batch == 1
    scores = served.scores([pixels(colour) for colour in COLOURS])
    for colour, found in zip(COLOURS, scores, strict=True):
        assert list(found) == pytest.approx(probabilities(colour, TENSORFLOW), abs=1e-4)


def test_a_picture_of_another_size_is_refused_before_memory_is_read(tmp_path: Path) -> None:
    served = network(tiny.write(tmp_path / "m.tflite"))
    with pytest.raises(RuntimeError, match="takes 432 bytes, not 420"):
        served.scores([bytes(105)])


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.tflite"
    file.write_bytes(b"<!doctype html>" * 100)
    with pytest.raises(RuntimeError, match="LiteRT: CreateModelFromFile failed"):
        network(file)
