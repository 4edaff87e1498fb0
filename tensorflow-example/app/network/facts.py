"""What the build says of the model: model/model.json, written by export/. And where files are.

os.path and not pathlib, here and wherever a start passes: pathlib takes 5 ms to import.
"""
# ruff: noqa: PTH100, PTH118, PTH123

import os

import msgspec

from serving.pictures.classification import Classes
from serving.pictures.decoding import Preprocessing
from serving.pictures.samples import Page

FOLDER = os.environ.get("MODEL_FOLDER") or os.path.abspath(os.path.join(__file__, "..", "..", "..", "model"))


class Architecture(msgspec.Struct, frozen=True):
    """A network of keras.applications, or the one that is written here. A `.tflite` file is its own."""

    name: str = ""
    # Of MobileNetV2.
    width: float = 1.0
    # Of EfficientNet-Lite; without stages it is Lite0.
    stages: tuple[tuple[int, int, int, int, int], ...] = ()
    stem: int = 32
    head: int = 1280


class Facts(msgspec.Struct, frozen=True):
    name: str
    # The file beside model.json that is served, and its sha256.
    file: str
    model_sha256: str
    labels: list[str]
    categories: list[str]
    architecture: Architecture
    preprocessing: Preprocessing
    # Whether the file's own outputs lack the softmax that makes probabilities of them.
    softmax: bool = False
    # Whether JPEGs are decoded in full: decoding them at a fraction of their size would change the answers.
    exact: bool = False
    # How it is introduced, and what kind of pictures it knows.
    page: Page = Page()
    pictures: str = "photographs"

    @property
    def classes(self) -> Classes:
        return Classes(self.labels, self.categories)


def read(folder: str) -> Facts:
    return msgspec.json.decode(content(os.path.join(folder, "model.json")), type=Facts)


def content(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()
