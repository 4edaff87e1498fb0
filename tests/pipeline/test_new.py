"""--new: from a file to a folder, and from there to an address. What is refused or killed leaves nothing behind."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import xgboost

import calls
from pipeline_runs import MAIN_HOME, ROOT, Home


@pytest.fixture(scope="session")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trees that tell who leaves."""
    rows = np.random.default_rng(0).integers(0, 5, (80, 2)).astype(np.float32)
    data = xgboost.DMatrix(rows, rows[:, 0] > 1, feature_names=["tenure", "monthly"])
    file = tmp_path_factory.mktemp("files") / "churn.json"
    xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 4).save_model(file)
    return file


def test_two_commands_from_a_file_to_an_address(home: Home, churn: Path, tmp_path: Path) -> None:
    made = home.run("--new", "churn", "--from", str(churn), cwd=tmp_path).checked()
    assert made.stdout == ""
    assert "next: bash pipeline.sh -s local -r -p ./churn -d" in made.stderr
    run = home.run("-s", "local", "-r", "-p", "./churn", "-d", cwd=tmp_path).checked()
    assert run.stderr.count("as expected  ") == 4
    row = {"tenure": 4, "monthly": None}
    wanted = xgboost.Booster(model_file=churn).inplace_predict(np.array([[4, np.nan]], np.float32))
    status, answer = calls.post(run.api_url, {"rows": [row]})
    assert (status, answer["probabilities"]) == (200, pytest.approx(wanted.tolist(), rel=1e-6))
    home.run("-s", "local", "-m", "./churn", "-x", "-y", cwd=tmp_path).checked()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--new", "churn"], 2, "--new goes with --from"),
        (["--new", "churn", "--from", "there.json", "-d"], 2, "--new stands alone"),
        (["-s", "local", "-o", "--labels", "x"], 2, "--labels goes with --new"),
        (["--from", "churn.json"], 2, "--from goes with --new"),
        (["--new", "Churn", "--from", "there.json"], 1, "a model cannot be called Churn"),
        (["--new", "churn-dev", "--from", "there.json"], 1, "it must not hold"),
        (["--new", "taken", "--from", "there.json"], 1, "there is a taken here already"),
        (["--new", "churn", "--from", "absent.json"], 1, "there is no absent.json"),
        (["--new", "churn", "--from", "there.json"], 1, "there.json is no model of XGBoost"),
        (["--new", "churn", "--from", "letter.txt"], 1, "cannot tell what letter.txt is"),
        (["--new", "churn", "--from", "m.cbm"], 1, "m.cbm is no model of CatBoost"),
        (["--new", "churn", "--from", "net.pth"], 1, "net.pth holds weights alone"),
        (["--new", "churn", "--from", "net.bin"], 1, "net.bin is of no kind that its name tells"),
        (["-s", "local", "-o", "--arch", "torchvision:x"], 2, "--arch goes with --new"),
        (["--new", "churn", "--from", "hub"], 1, "hub/config.json names no model_type"),
        (["--new", "churn", "--from", "taken"], 1, "taken is not a model folder"),
        (["--new", "churn", "--from", "broken.ubj"], 1, "XGBoost cannot read broken.ubj"),
        (["--new", "churn", "--from", "broken.onnx"], 1, "ONNX Runtime cannot read broken.onnx"),
    ],
)
def test_what_is_refused_says_why_and_leaves_nothing(
    home: Home, tmp_path: Path, arguments: list[str], status: int, says: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "config.json").write_text("{}")
    for name in ("there.json", "letter.txt", "m.cbm", "net.pth", "net.bin", "broken.ubj", "broken.onnx"):
        (tmp_path / name).write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    run = home.run(*arguments, cwd=tmp_path)
    assert (run.status, run.stdout) == (status, "")
    assert says in run.stderr
    assert run.stderr.count("error:") == 1
    assert "Traceback" not in run.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_makes_nothing(home: Home, churn: Path, tmp_path: Path) -> None:
    run = home.run("--new", "churn", "--from", str(churn), "-n", cwd=tmp_path).checked()
    assert "models.new churn" in run.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_goes_with_the_next(home: Home, churn: Path, tmp_path: Path) -> None:
    killed = subprocess.Popen(["true"])
    killed.wait()
    (tmp_path / f".churn.new-{killed.pid}" / "model").mkdir(parents=True)
    home.run("--new", "churn", "--from", str(churn), cwd=tmp_path).checked()
    assert [path.name for path in tmp_path.iterdir()] == ["churn"]


def test_a_signal_leaves_nothing(churn: Path, tmp_path: Path) -> None:
    command = ["python", str(ROOT / "tools"), "models.new", "churn", str(churn), str(MAIN_HOME / "cache")]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_asked_for_the_names_of_classes(home: Home, churn: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        home.command("--new", "churn", "--from", str(churn)),
        env=home.environment(),
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    said = ""
    for answer in ("one\n", "stays, leaves\n"):
        while not said.rpartition("\n")[2].endswith("[none]: "):
            assert select.select([ours], [], [], 60)[0]
            said += os.read(ours, 4096).decode()
        os.write(ours, answer.encode())
        said += "\n"
    assert process.wait(60) == 0
    os.close(theirs)
    assert 'LABELS = ["stays", "leaves"]' in (tmp_path / "churn" / "app" / "main.py").read_text()
    event = json.loads((tmp_path / "churn" / "events" / "one-row.json").read_text())
    assert event["answer"]["body"]["predictions"][0]["probabilities"].keys() == {"stays", "leaves"}


def test_a_copy_of_a_folder_is_whole_and_called_by_its_own_name(home: Home, tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "document-example", tmp_path / "document-example")
    (folder / "app" / "__pycache__").mkdir(exist_ok=True)
    (folder / "app" / "__pycache__" / "main.pyc").write_text("")
    (folder / "scratch").mkdir()
    (folder / "scratch" / "big.bin").write_text("")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("scratch/\n")
    run = home.run("--new", "passports", "--from", "./document-example", cwd=tmp_path).checked()
    copied = {path.relative_to(tmp_path / "passports") for path in (tmp_path / "passports").rglob("*")}
    given = {path.relative_to(folder) for path in folder.rglob("*")}
    assert given - copied == {
        path for path in given if {"__pycache__", "scratch"}.intersection(path.parts) or path.suffix == ".pyc"
    }
    texts = [path.read_text(errors="replace") for path in (tmp_path / "passports").rglob("*") if path.is_file()]
    assert [text for text in texts if "document-example" in text] == []
    assert "passports" in run.stderr


def test_a_new_folder_has_the_recipe_of_the_examples_that_export_nothing() -> None:
    recipe = (ROOT / "building" / "Dockerfile").read_text()
    examples = [folder for folder in ROOT.glob("*-example") if not (folder / "requirements-export.txt").exists()]
    assert examples
    assert {(folder / "Dockerfile").read_text() for folder in examples} == {recipe}
