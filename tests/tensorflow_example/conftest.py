"""Lets the tests import the folder's `app`, and takes the exported model out of an image that the pipeline built."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

import model_apps
import picture_servers
from model_images import model_in, pushed
from pipeline_runs import ROOT, Home
from sent_pictures import saved

FOLDER = ROOT / "tensorflow-example"

Post = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def exported(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """model/ of the image with the digits, as it is built for everybody."""
    return model_in(pushed(home, FOLDER, WEIGHTS="digits"), tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture
def main(exported: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main as a function with the digits imports it."""
    return model_apps.imported(exported, monkeypatch, BACKEND="fast")


@pytest.fixture
def post(main: ModuleType) -> Post:
    """Posts bytes as they are, anything else as JSON."""

    def posted(body: object, path: str = "/predict", content_type: str = "") -> tuple[int, Any]:
        return model_apps.post(main, path, body, content_type)

    return posted


@pytest.fixture(scope="session")
def digits() -> list[tuple[Image.Image, int]]:
    """The small digits that are held out, 8 x 8 pixels each, with what they are."""
    labels = json.loads((FOLDER / "weights" / "digits.json").read_text())["small_held_out"]["labels"]
    with Image.open(FOLDER / "train" / "held-out.png") as sheet:
        sheet.load()
    row = sheet.width // 8
    corners = [(index % row * 8, index // row * 8) for index in range(len(labels))]
    tiles = [sheet.crop((left, top, left + 8, top + 8)) for left, top in corners]
    return list(zip(tiles, map(int, labels), strict=True))


@pytest.fixture(scope="session")
def seven(digits: list[tuple[Image.Image, int]]) -> bytes:
    """A seven that the model is sure of, as a PNG."""
    tile = next(tile for tile, label in digits if label == 7)
    return saved(tile.resize((160, 160), Image.Resampling.BILINEAR))


@pytest.fixture
def server(seven: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server of pictures on this machine, which the handler is allowed to ask."""
    picture_servers.PICTURES["/seven.png"] = seven
    with picture_servers.serving_pictures() as address:
        monkeypatch.setenv("SERVING_FETCH_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
        yield f"http://{address}"
