"""What is given beside a file: what does not go with it is refused before any framework is installed."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from new_folders import Make
from tools.models import copied, given

PROGRAM, SCRIPT, WEIGHTS = "m/archive_format", "m/code/net.py", "m/data.pkl"


def archive(to: Path, *names: str) -> Path:
    with zipfile.ZipFile(to, "w") as file:
        for name in names:
            file.writestr(name, "")
    return to


@pytest.mark.parametrize(
    ("holds", "options", "says"),
    [
        (WEIGHTS, [], "m.pt holds weights alone"),
        (WEIGHTS, ["--arch", "resnet18"], "--arch resnet18 names no network"),
        (WEIGHTS, ["--arch", "net.py:"], "--arch net.py: names no network"),
        (WEIGHTS, ["--arch", "absent.py:make"], "there is no absent.py"),
        (SCRIPT, ["--arch", "torchvision:resnet18"], "--arch has no effect here"),
        (PROGRAM, ["--inputs", "n,3"], "--inputs has no effect here"),
        ("m/data/aotinductor/model.so", [], "the file is a program that AOTInductor compiled"),
    ],
)
def test_what_a_file_of_pytorch_does_not_go_with(
    tmp_path: Path, make: Make, holds: str, options: list[str], says: str
) -> None:
    made = make("m", archive(tmp_path / "m.pt", holds), "--request", *options)
    assert (made.returncode, made.stdout[: len(says)]) == (3, says)


def test_other_files_do_not_go_with_what_is_for_pytorch(tmp_path: Path, make: Make) -> None:
    (tmp_path / "m.ubj").write_bytes(b"")
    for option in ("--arch=torchvision:resnet18", "--inputs=n,3", "--preprocess=imagenet"):
        made = make("m", tmp_path / "m.ubj", option)
        assert made.returncode == 3
        assert made.stdout.startswith(f"{option.partition('=')[0]} has no effect here")


def test_a_network_goes_with_the_files_beside_it(tmp_path: Path, make: Make) -> None:
    (tmp_path / "net.py").write_text("import layers\n")
    (tmp_path / "layers.py").write_text("")
    (tmp_path / "secret.txt").write_text("mine")
    file = archive(tmp_path / "m.pth", WEIGHTS)
    made = make("m", file, "--request", "--arch", "net.py:make", "--inputs", "n,3")
    request = json.loads(made.stdout)
    assert request["sources"] == {"net.py": "import layers\n", "layers.py": ""}
    assert (request["arch"], request["inputs"]) == ("net.py:make", "n,3")
    assert base64.b64decode(request["model"]) == file.read_bytes()


def saved_model(folder: Path) -> Path:
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "own").write_bytes(b"weights")
    return folder


def model_folder(folder: Path) -> Path:
    (folder / "app").mkdir(parents=True)
    (folder / "Dockerfile").touch()
    (folder / "app" / "main.py").touch()
    (folder / "variables").mkdir()
    return folder


@pytest.mark.parametrize("made_of", [saved_model, model_folder])
@pytest.mark.parametrize("target", ["../../secret.txt", "../..", "/dev/zero", "/proc/self/environ"])
def test_a_link_out_of_a_folder_is_refused_by_its_name(
    tmp_path: Path, make: Make, made_of: Callable[[Path], Path], target: str
) -> None:
    (tmp_path / "secret.txt").write_text("mine")
    folder = made_of(tmp_path / "theirs")
    (folder / "variables" / "k").symlink_to(target)
    done = make("m", folder, *["--request"] * (made_of is saved_model))
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, f"{folder}/variables/k leads out of the folder")
    assert not (tmp_path / "m").exists()


def test_of_a_folder_only_files_go_along(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "theirs")
    (folder / "variables" / "loop").symlink_to("loop")
    (folder / "variables" / "up").symlink_to("../variables")
    (folder / "variables" / "linked").symlink_to("own")
    os.mkfifo(folder / "variables" / "pipe")
    with zipfile.ZipFile(io.BytesIO(given.packed(folder))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "saved_model.pb": b"graph",
            "variables/linked": b"weights",
            "variables/own": b"weights",
        }
    copied.copy(folder, "m", tmp_path / "m")
    found = sorted(str(path.relative_to(tmp_path / "m")) for path in (tmp_path / "m").rglob("*") if path.is_file())
    assert found == ["saved_model.pb", "variables/linked", "variables/own"]


def test_the_configuration_of_a_strangers_repository_starts_nothing(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "theirs")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    subprocess.run(["git", "-C", str(folder), "config", "core.fsmonitor", str(program)], check=True)
    copied.copy(folder, "m", tmp_path / "m")
    assert not (tmp_path / "ran").exists()
    # It would have, unasked.
    subprocess.run(["git", "-C", str(folder), "ls-files", "--others"], check=True, capture_output=True)
    assert (tmp_path / "ran").exists()


def test_a_configuration_of_gigabytes_is_not_read(tmp_path: Path, make: Make) -> None:
    with (
        zipfile.ZipFile(tmp_path / "m.keras", "w", zipfile.ZIP_DEFLATED) as file,
        file.open("config.json", "w") as bomb,
    ):
        for _ in range(65):
            bomb.write(b" " * (1 << 20))
    done = make("m", tmp_path / "m.keras", "--request")
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, "the configuration in m.keras has more than 64 MB")
