"""Models of Keras and SavedModels become LiteRT, in a container; TensorFlow itself says what is right."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import model_apps
import new_folders
from new_folders import Open

pytestmark = pytest.mark.every_framework


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_folders.written_by("keras", tmp_path_factory.mktemp("models"))


def test_inputs_and_outputs_by_the_names_of_dictionaries(made: Any, models: Path, opened: Open) -> None:
    run = made("two", models / "two.keras").checked()
    assert "3 calls: at most" in run.stderr
    app = opened("two")
    status, answer = model_apps.post(app, "/predict", {"a": [[1, 2, 3]], "b:0": [[4, 5]]})
    assert (status, set(answer)) == (200, {"sum", "shares"})
    assert np.array(answer["sum"]) == pytest.approx(np.load(models / "two.npy"), rel=1e-4)
    status, answer = model_apps.post(app, "/predict", {"a": [[1, 2]], "b:0": [[4, 5]]})
    assert (status, answer["field"]) == (400, "a[0]")


@pytest.mark.parametrize(
    ("file", "options", "call", "expected"),
    [
        ("two.h5", [], {"a": [[1, 2, 3]], "b:0": [[4, 5]]}, {"dense": None, "dense_1": None}),
        ("computed", [], {"given": [[1, 2, 3]]}, {"output_0": [[4, 8, 12]]}),
        ("several", [], {"x": [[1, 2, 3]], "y": [[4, 5, 6]]}, {"sum": [[5, 7, 9]], "difference": [[-3, -3, -3]]}),
        ("several", ["--signature", "double"], {"x": [[1, 2]]}, {"doubled": [[2, 4]]}),
        ("hub", [], {"images": [[1, 2, 3, 4]]}, {"output_0": [[3, 6, 9, 12]]}),
        ("first", [], {"given": [[1, 2]]}, {"found": [[5]]}),
        ("old.h5", [], {"given": [[[[1, 2]] * 4] * 4]}, {"scores": None}),
        ("old.keras", [], {"given": [[[[1, 2]] * 4] * 4]}, {"scores": None}),
        ("places.keras", [], {"given": [[1, 2, 3, 4, 5, 6]]}, {"scores": None}),
    ],
    ids=["h5", "code", "first-signature", "signature", "hub", "TensorFlow-1", "Keras-2-h5", "Keras-2", "embedding"],
)
def test_every_kind_answers_by_its_names(
    made: Any, models: Path, opened: Open, file: str, options: list[str], call: Any, expected: dict[str, Any]
) -> None:
    made("model", models / file, *options).checked()
    status, answer = model_apps.post(opened("model"), "/predict", call)
    assert (status, set(answer)) == (200, set(expected))
    for name, values in expected.items():
        assert values is None or answer[name] == values


@pytest.mark.parametrize("file", ["steps.keras", "old-steps.h5"])
def test_what_repeats_steps_takes_one_at_a_time(made: Any, models: Path, opened: Open, file: str) -> None:
    run = made("steps", models / file).checked()
    assert "a request has a batch of 1" in run.stderr
    app = opened("steps")
    for count, expected in ((1, 200), (2, 400)):
        status, _ = model_apps.post(app, "/predict", {"given": [[[0.5] * 3] * 5] * count})
        assert status == expected


@pytest.mark.parametrize(
    ("file", "options", "says"),
    [
        ("mobile.h5", [], "it is mobilenetv2_1.00_224, for which Keras prepares pictures as -1..1"),
        ("resnet50.keras", [], "it is resnet50, for which Keras prepares pictures as caffe"),
        ("scaled.keras", [], "it has a layer Rescaling itself"),
        ("logits.keras", ["--preprocess", "0..1"], ""),
        ("pictures", ["--preprocess", "imagenet"], ""),
    ],
    ids=["known", "blue-first", "scaled", "logits", "SavedModel"],
)
def test_a_classifier_takes_pictures(
    made: Any, models: Path, opened: Open, tmp_path: Path, file: str, options: list[str], says: str
) -> None:
    (tmp_path / "labels.txt").write_text("red\ngreen\nblue\n")
    run = made("colours", models / file, "--labels", "labels.txt", *options).checked()
    assert says in run.stderr
    assert "3 pictures: at most" in run.stderr
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "PNG")
    status, answer = model_apps.post(opened("colours"), "/predict", picture.getvalue(), "image/png")
    # The network scores what comes first, and Caffe's networks take blue before green and red.
    assert (status, answer[0][0]) == (200, "blue" if file == "resnet50.keras" else "red")


@pytest.mark.parametrize(
    ("file", "options", "says"),
    [
        ("custom.keras", [], "custom.keras holds Twice, which is no part of Keras"),
        ("unknown.h5", [], "Unknown layer: 'Unknown'."),
        ("lambda.h5", [], "lambda.h5 holds a Lambda layer"),
        ("two.weights.h5", [], "two.weights.h5 holds weights alone"),
        ("open.keras", [], "the file does not say what the model takes"),
        ("texts", ["--signature", "texts"], "the model takes text, which is text, and LiteRT has none"),
        ("texts", ["--signature", "determinant"], "LiteRT has no MatrixDeterminant"),
        ("old-steps", [], "the model keeps a state between steps, which LiteRT cannot load"),
        ("several", ["--signature", "none"], "the folder has no signature none"),
    ],
)
def test_what_is_refused_says_why_and_leaves_nothing(
    made: Any, models: Path, tmp_path: Path, file: str, options: list[str], says: str
) -> None:
    run = made("refused", models / file, *options)
    assert (run.status, run.stdout, run.stderr.count("error:")) == (1, "", 1)
    assert says in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []
