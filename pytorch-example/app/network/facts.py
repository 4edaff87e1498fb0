"""The facts about the model that export/ writes to model/model.json."""

import os
from pathlib import Path
from typing import Any

import msgspec

from serving.pictures.classification import Classes
from serving.pictures.decoding import Preprocessing
from serving.pictures.samples import Page

FOLDER = Path(os.environ.get("MODEL_FOLDER") or Path(__file__).resolve().parents[2] / "model")


class Facts(msgspec.Struct, frozen=True):
    # The name of the weights in weights.toml.
    name: str
    # The model file beside model.json, and its sha256.
    file: str
    model_sha256: str
    labels: list[str]
    categories: list[str]
    architecture: dict[str, Any]
    preprocessing: Preprocessing
    # Whether JPEGs must be decoded at full size, because decoding at reduced size would change the answers.
    exact: bool = False
    # The texts of its page, and the kind of pictures it was trained on.
    page: Page = Page()
    pictures: str = "photographs"

    @property
    def classes(self) -> Classes:
        return Classes(self.labels, self.categories)


def read(folder: Path = FOLDER) -> Facts:
    return msgspec.json.decode((folder / "model.json").read_bytes(), type=Facts)
