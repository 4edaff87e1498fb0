"""The layers of images outlive the local AWS, as files of their own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import ecr

from tools.local_aws import layers

LAYERS = [bytes([number]) * 100 for number in range(3)]


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(layers, "FOLDER", tmp_path / "layers")
    for name in ("get_state", "load_persisted_state"):
        monkeypatch.setattr(ecr, name, getattr(ecr, name))
    monkeypatch.setattr(ecr, "_layer_blobs", AccountRegionScopedDict())
    return tmp_path / "layers"


def push(repository: str, *contents: bytes) -> None:
    ecr._layer_blobs[repository] = {digest(content): content for content in contents}


def saved(tmp_path: Path) -> str:
    persistence.save_all({"ecr": ecr.get_state})
    return (tmp_path / "state" / "ecr.json").read_text()


def loaded() -> dict[str, dict[str, bytes]]:
    ecr._layer_blobs.clear()
    ecr.load_persisted_state(persistence.load_state("ecr"))
    return dict(ecr._layer_blobs.items())


def test_they_are_loaded_as_they_were_and_each_is_one_file(folder: Path, tmp_path: Path) -> None:
    layers.install()
    push("one", LAYERS[0], LAYERS[1])
    push("other", LAYERS[1], b"")
    before = dict(ecr._layer_blobs.items())
    assert len(saved(tmp_path)) < 2_000
    assert dict(ecr._layer_blobs.items()) == before
    assert {file.read_bytes() for file in folder.iterdir()} == {LAYERS[0], LAYERS[1], b""}
    assert len(list(folder.iterdir())) == 3
    assert loaded() == before


def test_what_was_written_stays_as_it_is(folder: Path, tmp_path: Path) -> None:
    layers.install()
    push("one", LAYERS[0])
    saved(tmp_path)
    [file] = folder.iterdir()
    made = file.stat().st_ino
    saved(tmp_path)
    assert file.stat().st_ino == made


def test_those_of_no_image_go_when_the_state_without_them_is_loaded(folder: Path, tmp_path: Path) -> None:
    layers.install()
    push("one", *LAYERS)
    saved(tmp_path)
    push("one", LAYERS[2])
    (folder / "half.part").write_bytes(b"half")
    saved(tmp_path)
    assert len(list(folder.iterdir())) == 4
    assert loaded() == {"one": {digest(LAYERS[2]): LAYERS[2]}}
    assert [file.read_bytes() for file in folder.iterdir()] == [LAYERS[2]]


def test_a_state_that_has_them_itself_is_loaded_too(folder: Path, tmp_path: Path) -> None:
    push("one", LAYERS[0])
    assert json.loads(saved(tmp_path))["payload"]["layer_blobs"]["data"]
    assert not folder.exists()
    layers.install()
    assert loaded() == {"one": {digest(LAYERS[0]): LAYERS[0]}}
    saved(tmp_path)
    assert len(list(folder.iterdir())) == 1
    assert loaded() == {"one": {digest(LAYERS[0]): LAYERS[0]}}
