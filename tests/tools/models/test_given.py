"""What is given beside a file: what does not go with it is refused before any framework is installed."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest

from new_folders import Make

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
        (SCRIPT, ["--arch", "torchvision:resnet18"], "--arch says nothing here"),
        (PROGRAM, ["--inputs", "n,3"], "--inputs says nothing here"),
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
        assert made.stdout.startswith(f"{option.partition('=')[0]} says nothing here")


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
