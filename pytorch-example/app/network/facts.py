"""What the build says of the model: model/model.json, which export/ writes."""

import os
from pathlib import Path
from typing import Any

import msgspec

from serving.pictures.classification import Classes
from serving.pictures.decoding import Preprocessing
from serving.pictures.samples import Page

FOLDER = Path(os.environ.get("MODEL_FOLDER") or Path(__file__).resolve().parents[2] / "model")


class Facts(msgspec.Struct, frozen=True):
    # Of the weights, as the catalogue calls them.
    name: str
    # The file beside model.json that is served, and its sha256.
    file: str
    model_sha256: str
    labels: list[str]
    categories: list[str]
    architecture: dict[str, Any]
    preprocessing: Preprocessing
    # Whether JPEGs are decoded in full: decoding them at a fraction of their size would change the answers.
    exact: bool = False
    # How it is introduced, and what kind of pictures it knows.
    page: Page = Page()
    pictures: str = "photographs"

    @property
    def classes(self) -> Classes:
        return Classes(self.labels, self.categories)


def read(folder: Path = FOLDER) -> Facts:
    return msgspec.json.decode((folder / "model.json").read_bytes(), type=Facts)
