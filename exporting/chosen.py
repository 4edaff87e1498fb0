"""Reads the folder weights/ of a build, which the pipeline made from weights.toml or from the user's own files."""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from serving.pictures.decoding import Preprocessing
from serving.pictures.samples import Page

PICTURES = Path(__file__).resolve().parent / "pictures"
_LABEL = re.compile(r"(?:(n\d{8})[ \t]+)?(\S.*)")


class Chosen(msgspec.Struct, frozen=True):
    """The contents of weights.json."""

    name: str
    file: str
    preprocessing: Preprocessing
    architecture: dict[str, Any] = {}
    # The kind of pictures that the weights were trained on: a folder of pictures/.
    pictures: str = "photographs"
    page: Page = Page()

    @property
    def folder_of_pictures(self) -> Path:
        return PICTURES / self.pictures


def read(weights: Path) -> Chosen:
    return msgspec.json.decode((weights / "weights.json").read_bytes(), type=Chosen)


def labels(weights: Path) -> tuple[list[str], list[str]]:
    """The labels, and a category for each: the WordNet id at the start of its line, or else the line's number."""
    lines = (weights / "labels.txt").read_text(encoding="utf-8").splitlines()
    found = [match for match in map(_LABEL.fullmatch, map(str.strip, lines)) if match]
    if len(found) != len(lines):
        raise ValueError("labels.txt has an empty line")
    return [match[2] for match in found], [match[1] or str(number) for number, match in enumerate(found)]


def sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
