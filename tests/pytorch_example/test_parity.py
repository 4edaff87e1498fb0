"""Both back ends answer alike, and a build in which they do not comes to nothing and says why."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageOps

import model_images
from exporting.chosen import PICTURES
from pipeline_runs import MAIN_HOME, Home, copy_of
from pytorch_example.conftest import FOLDER
from pytorch_example.pictures import given, held_out, photographs
from sent_pictures import saved

DIGITS = FOLDER / "weights" / "digits.pth"


def requests() -> list[dict[str, object]]:
    noise = [saved(Image.effect_noise(size, 90), "PNG") for size in ((64, 64), (300, 200), (31, 77))]
    digits = [saved(picture) for picture, _ in held_out()[:30]]
    digits += [saved(ImageOps.invert(picture)) for picture, _ in held_out()[30:60]]
    found = [content for _, content in photographs()] + noise + digits
    return [given(content, n_predictions=10) for content in found]


@pytest.mark.every_back_end
def test_native_and_fast_give_the_same_answers(home: Home, image: str) -> None:
    asked = requests()
    fast, fast_modules = model_images.answers(image, asked)
    native, native_modules = model_images.answers(
        model_images.pushed(home, FOLDER, WEIGHTS="digits", BACKEND="native"), asked
    )
    assert len(fast) == len(native) == len(asked)
    for ours, theirs in zip(fast, native, strict=True):
        assert ours[0][0] == theirs[0][0]
        # Percent, of two places.
        assert dict(ours) == pytest.approx(dict(theirs), abs=0.1)
    assert "torch" in native_modules
    assert not fast_modules & {"torch", "torchvision", "numpy", "onnx", "onnxruntime"}


def failed(home: Home, environment: dict[str, str], folder: Path = FOLDER) -> str:
    """What a run says that does not build."""
    run = home.run("-s", "local", "-r", "-p", str(folder), env=environment)
    assert run.status == 1, run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr


SABOTAGE = [
    pytest.param(
        "export/graph.py",
        "self.offset = torch.nn.Buffer(",
        "self.offset = 0 * (",
        id="the colours are not normalised",
    ),
    # Each is a build of its own; the first stands for the others each time.
    pytest.param(
        "export/graph.py",
        "torch.softmax(self.model",
        "(lambda scores, _: scores)(self.model",
        id="there is no softmax",
        marks=pytest.mark.every_build,
    ),
    pytest.param(
        "app/network/onnx.py",
        "self._shape, pixels)",
        "self._shape, pixels[::-1])",
        id="another picture is served",
        marks=pytest.mark.every_build,
    ),
]


@pytest.mark.parametrize(("file", "good", "bad"), SABOTAGE)
def test_a_build_whose_parity_fails_says_what_differs(
    home: Home, tmp_path: Path, file: str, good: str, bad: str
) -> None:
    folder = copy_of(FOLDER, tmp_path / "pytorch-example")
    source = (folder / file).read_text()
    assert source.count(good) == 1
    (folder / file).write_text(source.replace(good, bad))
    said = failed(home, {"WEIGHTS": "digits"}, folder)
    assert "export: " in said
    assert "in the framework and" in said
    assert "as it is served, more than 0.001 apart" in said


def test_a_checkpoint_of_ones_own_is_served_with_ones_own_labels(home: Home, tmp_path: Path) -> None:
    checkpoint, labels = tmp_path / "mine.pt", tmp_path / "labels.txt"
    checkpoint.write_bytes(DIGITS.read_bytes())
    names = ["nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    labels.write_text("\n".join(names) + "\n")
    image = model_images.pushed(home, FOLDER, WEIGHTS="digits", WEIGHTS_FILE=str(checkpoint), LABELS_FILE=str(labels))
    seven = given((FOLDER / "events" / "seven.png").read_bytes(), n_predictions=1)
    health: dict[str, object] = {"rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}
    [answer, facts], _ = model_images.answers(image, [seven, health])
    assert answer[0][0] == "seven"
    assert json.loads(facts["body"])["weights"] == "mine"


CLASSIFIER = """
import sys, torch
from PIL import Image
from app.network import architecture
torch.manual_seed(3)
network = architecture.build({"name": sys.argv[1]}, 3).train()
network(torch.randn(16, 3, 224, 224))  # which gives its normalisations something to go by
torch.save(network.state_dict(), sys.argv[2])
transforms = architecture.torchvision("transforms")
how = [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()]
how.append(transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
picture = transforms.Compose(how)(Image.open(sys.argv[3]).convert("RGB"))[None]
with torch.inference_mode():
    print(*torch.softmax(network.eval()(picture), 1)[0].tolist())
"""


@pytest.mark.every_back_end
def test_a_checkpoint_of_any_classifier_of_torchvision_is_served(home: Home, tmp_path: Path) -> None:
    """As torchvision itself answers, in the environment that training made."""
    subprocess.run(["bash", str(FOLDER.parent / "train.sh"), str(FOLDER), "--help"], check=True, capture_output=True)
    python = next((MAIN_HOME / "train").glob("pytorch-example-*/bin/python"))
    name, checkpoint, labels = "shufflenet_v2_x0_5", tmp_path / "mine.pth", tmp_path / "labels.txt"
    picture = PICTURES / "photographs" / "coffee.jpg"
    command = [str(python), "-c", CLASSIFIER, name, str(checkpoint), str(picture)]
    said = subprocess.check_output(command, text=True, env=os.environ | {"PYTHONPATH": f"{FOLDER}:{FOLDER.parent}"})
    labels.write_text("first\nsecond\nthird\n")
    own = {"WEIGHTS_FILE": str(checkpoint), "LABELS_FILE": str(labels)}
    image = model_images.pushed(home, FOLDER, WEIGHTS_ARCHITECTURE=name, **own)
    [answer], _ = model_images.answers(image, [given(picture.read_bytes(), n_predictions=3)])
    wanted = dict(zip(("first", "second", "third"), map(float, said.split()), strict=True))
    assert dict(answer) == pytest.approx({label: 100 * share for label, share in wanted.items()}, abs=1)
    said = failed(home, {"WEIGHTS_ARCHITECTURE": "resnet99", **own})
    assert "the architecture 'resnet99' is neither efficientnet_lite nor a classifier of torchvision" in said


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return print, ("code in a checkpoint was run",)


def harmful(file: Path) -> None:
    """A checkpoint as PyTorch writes it, with an object in it that runs code."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mine/data.pkl", pickle.dumps(Harmful(), protocol=2))
        archive.writestr("mine/version", "3\n")
        archive.writestr("mine/byteorder", "little")


def cut(file: Path) -> None:
    file.write_bytes(DIGITS.read_bytes()[:20_000])


def no_checkpoint(file: Path) -> None:
    file.write_bytes(b"a model, honestly")


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (harmful, "mine.pth holds more than tensors"),
        (cut, "mine.pth is no PyTorch checkpoint"),
        (no_checkpoint, "mine.pth"),
    ],
)
def test_what_is_no_checkpoint_fails_the_build_in_a_line(home: Home, tmp_path: Path, write: object, words: str) -> None:
    assert callable(write)
    write(tmp_path / "mine.pth")
    said = failed(home, {"WEIGHTS": "digits", "WEIGHTS_FILE": str(tmp_path / "mine.pth")})
    [line] = [line for line in said.splitlines() if "export: " in line]
    assert words.replace("mine", "weights") in line
    assert "was run" not in said


@pytest.mark.every_build
def test_labels_that_do_not_fit_fail_the_build_in_a_line(home: Home, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    environment = {"WEIGHTS_FILE": str(DIGITS), "LABELS_FILE": str(tmp_path / "labels.txt")}
    said = failed(home, {"WEIGHTS": "digits", **environment})
    assert "tells 10 classes apart, but there are 2 labels" in said


def test_weights_of_another_shape_fail_the_build_in_a_line(home: Home, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\n".join("0123456789") + "\n")
    environment = {"WEIGHTS_FILE": str(DIGITS), "LABELS_FILE": str(tmp_path / "labels.txt")}
    said = failed(home, {"WEIGHTS": "imagenet", **environment})
    [line] = [line for line in said.splitlines() if "export: " in line]
    assert "weights.pth lacks features." in line
