"""An address belongs to one folder, and leads to its model."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.faults import assert_explained
from pipeline.shell import shell
from pipeline.versions import Model
from pipeline_runs import ROOT, Home

NAME = "kept-example"


@pytest.fixture(scope="module")
def model(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Model:
    made = Model.new(home, tmp_path_factory.mktemp("first"), NAME)
    made.deploy().checked()
    return made


def test_another_folder_of_the_same_name_takes_nothing_over(model: Model, home: Home, tmp_path: Path) -> None:
    version, digest = model.live(), model.digest()
    other = Model.new(home, tmp_path, NAME)
    other.change()
    run = other.deploy()
    assert_explained(run, f"{NAME} at stage local is another folder's model", str(model.folder), "rename this folder")
    assert (model.live(), model.digest()) == (version, digest)
    assert f"{NAME}-local:" not in run.stderr


def test_a_folder_that_has_moved_keeps_its_address_if_told_so(model: Model, home: Home, tmp_path: Path) -> None:
    url = model.run("-o").checked().api_url
    moved = Model(home, Path(shutil.copytree(model.folder, tmp_path / NAME)), NAME)
    assert moved.run("-d", "-y").checked().api_url == url
    assert moved.run("-d").checked().api_url == url
    assert model.run("-d").status == 1


def test_an_address_that_leads_nowhere_is_never_live(home: Home, tmp_path: Path) -> None:
    made = Model.new(home, tmp_path, "nowhere-example")
    main = made.folder / "app" / "main.py"
    main.write_text(
        main.read_text().replace("    load,\n    predict,\n", '    load,\n    predict,\n    path="/score",\n')
    )
    for event in (made.folder / "events").glob("*.json"):
        event.write_text(event.read_text().replace('"/predict"', '"/score"'))
    run = made.deploy()
    assert_explained(run, "does not answer as expected", "nothing is live yet")
    assert "nothing answers at /predict, where its address leads" in run.stderr
    assert "differs" not in run.stderr
    assert "live" not in made.aliases()


def place(folder: Path) -> str:
    return shell(f"MODEL={folder}; model_folder::place", ROOT).checked().stdout


def clone(folder: Path, origin: str) -> Path:
    model = folder / "models" / "churn"
    model.mkdir(parents=True)
    (model / "Dockerfile").touch()
    for command in (["init", "-q"], ["remote", "add", "origin", origin], ["add", "."]):
        subprocess.run(["git", "-C", folder, *command], check=True)
    return model


@pytest.mark.parametrize(
    "origin",
    [
        "https://github.com/me/models.git",
        "https://github.com/me/models",
        "https://robot:secret@github.com/me/models.git",
        "git@github.com:me/models.git",
        "ssh://git@github.com:22/me/models.git",
    ],
)
def test_every_clone_of_a_repository_is_the_same_place(tmp_path: Path, origin: str) -> None:
    assert place(clone(tmp_path, origin)) == "github.com/me/models:models/churn"


def test_outside_of_a_repository_a_folder_is_where_it_stands(tmp_path: Path) -> None:
    assert place(tmp_path).endswith(f":{tmp_path}")
