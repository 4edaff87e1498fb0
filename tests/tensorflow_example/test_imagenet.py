"""A real ImageNet classifier and photographs, from the file to the address."""

from pathlib import Path

import pytest

import calls
from pipeline_runs import Home
from sent_pictures import as_base64
from shared_data import DATA, needs
from tensorflow_example.conftest import FOLDER

EXPECTED = {"parrot.jpg": ("macaw", 99.6), "hot_dog.jpg": ("hotdog", 97.7), "sunflower.bmp": ("daisy", 99.2)}

pytestmark = needs(DATA / "imagenet")


@pytest.fixture(scope="module")
def url(home: Home) -> str:
    environment = {
        "WEIGHTS_FILE": str(DATA / "imagenet" / "mobilenet_v2_1.0_224_quant.tflite"),
        "LABELS_FILE": str(DATA / "imagenet" / "labels_1001.txt"),
    }
    return home.run("-s", "local", "-r", "-p", str(FOLDER), "-d", env=environment).checked().api_url


@pytest.mark.parametrize("name", EXPECTED)
def test_a_photograph_is_recognised(url: str, name: str) -> None:
    label, percent = EXPECTED[name]
    content = (DATA / "photos" / name).read_bytes()
    status, answer = calls.post(url, {"data": as_base64(content), "n_predictions": 1000})
    assert status == 200
    assert answer[0][0].startswith(label)
    assert answer[0][1] == pytest.approx(percent, abs=2)
    assert len(answer) == 1000
    assert "background" not in dict(answer)


def test_all_at_once(url: str) -> None:
    contents = [(DATA / "photos" / name).read_bytes() for name in EXPECTED]
    status, answer = calls.post(url, {"images": [{"data": as_base64(content)} for content in contents]}, "/v1/predict")
    assert status == 200
    for found, (label, percent) in zip(answer["images"], EXPECTED.values(), strict=True):
        assert found["name"].startswith(label)
        assert found["score"] == pytest.approx(percent / 100, abs=0.02)


def test_the_data_is_not_in_the_repository() -> None:
    ours = {path.name for path in Path(FOLDER).rglob("*")}
    assert not ours & {path.name for path in DATA.rglob("*") if path.is_file() and path.suffix != ".md"}
