"""Synthetic pictures: any number of each class, and the same ones for the same seed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from PIL import Image

from train import documents, faces, others, scene

DRAW: Mapping[str, Callable[[Random], Image.Image]] = {
    "selfie": faces.selfie,
    "document": documents.document,
    "invalid": others.other,
}


def picture(name: str, seed: str) -> bytes:
    """A JPEG of the named class."""
    chance = Random(f"{seed}, {name}")  # noqa: S311
    return scene.photographed(chance, DRAW[name](chance))


def fill(folder: Path, seed: str, count: int) -> None:
    """Write `count` pictures of each class to `folder`, laid out as `--data` expects them."""
    for name in DRAW:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            (folder / name / f"{number:05}.jpg").write_bytes(picture(name, f"{seed} {number}"))
