"""Models of PyTorch become ONNX, in a container; PyTorch itself says what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model_apps
import new_folders
from new_folders import Open
from pipeline_runs import ROOT

pytestmark = pytest.mark.every_framework
NETWORKS = Path(__file__).with_name("networks.py")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_folders.written_by("torch", tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize(
    ("file", "options"),
    [("two.pt2", []), ("two.pth", ["--arch", f"{NETWORKS}:Two", "--inputs", "n,3; n,2"])],
    ids=["program", "weights"],
)
def test_two_inputs_and_two_outputs_by_name(
    made: Any, models: Path, opened: Open, file: str, options: list[str]
) -> None:
    made("two", models / file, *options).checked()
    app = opened("two")
    status, answer = model_apps.post(app, "/predict", {"a": [[1, 2, 3]], "b": [[4, 5]]})
    assert (status, list(answer), answer["means"]) == (200, ["sum", "means"], [2])
    assert np.array(answer["sum"]) == pytest.approx(np.load(models / "two.npy"), rel=1e-4)
    status, answer = model_apps.post(app, "/predict", {"a": [[1, 2]], "b": [[4, 5]]})
    assert (status, answer["field"]) == (400, "a[0]")


@pytest.mark.parametrize(
    ("file", "options"),
    [("script.pt", []), ("c.pt", ["--arch", f"{NETWORKS}:Convolutions"])],
    ids=["script", "weights"],
)
def test_what_a_network_takes_is_found_by_its_first_layer(
    made: Any, models: Path, opened: Open, file: str, options: list[str]
) -> None:
    """Of what a training with DataParallel saved as well."""
    run = made("pictures", models / file, *options).checked()
    assert "picture is taken to be n x 3 x 32 x 32" in run.stderr
    app = opened("pictures")
    status, answer = model_apps.post(app, "/predict", {"picture": [[[[0.5] * 32] * 32] * 3] * 2})
    assert (status, np.shape(answer["output"])) == (200, (2, 5))


def test_texts_of_any_length(made: Any, models: Path, opened: Open) -> None:
    """A length that only the example had would be found out: other lengths are compared as well."""
    made("texts", models / "texts.pth", "--arch", f"{NETWORKS}:Texts").checked()
    status, answer = model_apps.post(opened("texts"), "/predict", {"ids": [[1, 2, 3, 4, 5]]})
    assert status == 200
    assert np.array(answer["output"]) == pytest.approx(np.load(models / "texts.npy"), rel=1e-4)


def test_a_network_of_torchvision_takes_pictures(made: Any, models: Path, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cat\ndog\nbird\n")
    options = ["--arch", "torchvision:mobilenet_v2", "--preprocess", "imagenet", "--labels", "labels.txt"]
    run = made("animals", models / "mobile.pth", *options).checked()
    assert "3 pictures: at most" in run.stderr
    picture = (ROOT / "serving" / "pictures" / "samples" / "photographs" / "cat.jpg").read_bytes()
    status, answer = model_apps.post(opened("animals"), "/predict", picture, "image/jpeg")
    assert (status, {label for label, _ in answer}) == (200, {"cat", "dog", "bird"})


@pytest.mark.parametrize(
    ("file", "options", "says"),
    [
        ("whole.pt", ["--arch", f"{NETWORKS}:Two"], "the file holds more than weights"),
        ("two.pth", ["--arch", "torchvision:resnet18"], "the weights are not those of torchvision:resnet18"),
        ("two.pth", ["--arch", "torchvision:resnet"], "torchvision has no classifier 'resnet'"),
        ("two.pth", ["--arch", f"{NETWORKS}:broken"], "ValueError: it was never meant to be called"),
        ("two.pth", ["--arch", f"{NETWORKS}:Two"], "the network takes a, b"),
        ("two.pth", ["--arch", f"{NETWORKS}:Two", "--inputs", "n,3"], "--inputs names 1"),
        ("two.pth", ["--arch", f"{NETWORKS}:Two", "--inputs", "n,4; n,2"], "no inputs were found"),
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
