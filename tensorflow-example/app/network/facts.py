"""The facts about the model that export/ writes to model/model.json, and where to find its files.

This module runs at every cold start, so it uses os.path: pathlib takes 5 ms to import.
"""
# ruff: noqa: PTH100, PTH118, PTH123

import os

import msgspec

from serving.pictures.classification import Classes
from serving.pictures.decoding import Preprocessing
from serving.pictures.samples import Page

FOLDER = os.environ.get("MODEL_FOLDER") or os.path.abspath(os.path.join(__file__, "..", "..", "..", "model"))


class Architecture(msgspec.Struct, frozen=True):
    """A network of keras.applications, or our EfficientNet-Lite. A `.tflite` file needs none: it holds its network."""

    name: str = ""
    # MobileNetV2 only.
    width: float = 1.0
    # EfficientNet-Lite only. Without stages it is Lite0.
    stages: tuple[tuple[int, int, int, int, int], ...] = ()
    stem: int = 32
    head: int = 1280


class Facts(msgspec.Struct, frozen=True):
    name: str
    # The model file beside model.json, and its sha256.
    file: str
    model_sha256: str
    labels: list[str]
    categories: list[str]
    architecture: Architecture
    preprocessing: Preprocessing
    # Whether the outputs are scores that still need a softmax.
    softmax: bool = False
    # Whether JPEGs must be decoded at full size, because decoding at reduced size would change the answers.
    exact: bool = False
    # The texts of its page, and the kind of pictures it was trained on.
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
