"""The real thing: images built, containers started, figures written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import asked, images, measure
from calls import DOCUMENTED_REQUEST
from pipeline_runs import ROOT, Home, copy_of

# The bench as it is typed, but for where its naive folders are.
PROGRAM = """
import sys
from pathlib import Path
from bench import __main__, images
images.NAIVE = Path(sys.argv[1])
sys.exit(__main__.main(sys.argv[2:]))
"""


def run(home: Home, *arguments: str, naive: Path = images.NAIVE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(naive), *arguments],
        cwd=ROOT,
        env=os.environ | {"PIPELINE_HOME": str(home.path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def naive(tmp_path: Path) -> Path:
    """A copy of the naive folders that a test may change."""
    return Path(shutil.copytree(images.NAIVE, tmp_path / "naive", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture(scope="module")
def measured(home: Home, deployed: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What a run of one folder prints, and where its files are. That `deployed` ran means a base image is there."""
    out = tmp_path_factory.mktemp("bench")
    files = ["--json", str(out / "bench.json"), "--html", str(out / "bench.html")]
    done = run(home, "xgboost-example", "--rounds", "2", "--requests", "5", *files)
    assert done.returncode == 0, done.stderr
    return done.stdout, out


def test_a_run_prints_a_table_and_writes_both_files(measured: tuple[str, Path]) -> None:
    stdout, out = measured
    assert "xgboost-example, naive" in stdout
    assert (out / "bench.html").read_text().startswith("<!doctype html>")
    data = json.loads((out / "bench.json").read_text())
    assert data["facts"]["rounds"] == 2


def test_what_is_measured_makes_sense(measured: tuple[str, Path]) -> None:
    data = json.loads((measured[1] / "bench.json").read_text())
    naive, ours = (data["folders"]["xgboost-example"][side] for side in ("naive", "ours"))
    for figures in (naive, ours, data["empty"]):
        assert sum(figures["parts"].values()) == pytest.approx(figures["cold"])
        assert all(part >= 0 for part in figures["parts"].values())
        assert 0 < figures["warm"]["p50"] <= figures["warm"]["p99"]
    # XGBoost and what it needs are 70 MB and take a third of a second to import; ours has neither.
    assert naive["parts"]["imports"] > ours["parts"]["imports"]
    assert naive["parts"]["load"] > 0
    assert ours["parts"]["load"] > 0
    assert naive["size"] > 10 * ours["size"]
    assert data["empty"]["size"] < ours["size"]
    assert naive["own"] is None
    assert 0 <= ours["own"] < 0.5


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that nobody has written another way, far from the repository."""
    folder = copy_of(ROOT / "xgboost-example", tmp_path_factory.mktemp("own") / "churn-of-a-whole-company")
    (folder / "events" / "health.json").unlink()
    return folder


def test_a_folder_of_ones_own_is_measured_by_its_path(home: Home, measured: tuple[str, Path], churn: Path) -> None:
    out = measured[1] / "churn.json"
    done = run(home, str(churn), "--rounds", "1", "--requests", "3", "--json", str(out))
    assert done.returncode == 0, done.stderr
    assert f"{churn.name} gives its first answer" in done.stdout
    ours = json.loads(out.read_text())["folders"][churn.name]["ours"]
    assert ours["cold"] > ours["warm"]["p50"] > 0
    assert ours["size"] > 1_000_000
    assert ours["peak_mb"] > 10
    assert ours["cost"]["some_cold"] > ours["cost"]["warm"] > 0


def test_a_folder_is_asked_the_first_request_of_its_events_that_works(folder_copy: Path) -> None:
    assert json.loads(asked.request(str(folder_copy))) == {"input_X": DOCUMENTED_REQUEST}
    for event in (folder_copy / "events").glob("*row*.json"):
        event.unlink()
    with pytest.raises(asked.NothingToAsk, match="sends JSON to /predict"):
        asked.request(str(folder_copy))


def test_the_examples_are_known_by_name_and_path_and_a_copy_is_no_example(folder_copy: Path) -> None:
    for word in ("xgboost-example", "./xgboost-example/", str(ROOT / "xgboost-example")):
        assert asked.folder(word) == "xgboost-example"
    assert asked.folder(str(folder_copy)) == str(folder_copy)


def test_containers_are_gone_afterwards(home: Home, measured: tuple[str, Path]) -> None:
    label = f"label=bench={home.path}"
    assert subprocess.check_output(["docker", "ps", "--all", "--quiet", "--filter", label]) == b""


@pytest.mark.parametrize(
    ("bounds", "status", "said"),
    [
        ('cold = "1/1000"', 1, "FAILS  xgboost-example  cold: "),
        ("cold = 1000", 0, "holds  xgboost-example  cold: "),
    ],
)
def test_check_ends_with_the_status_that_the_bounds_ask_for(
    home: Home, measured: tuple[str, Path], naive: Path, bounds: str, status: int, said: str
) -> None:
    (naive / "xgboost-example" / "bounds.toml").write_text(bounds)
    done = run(home, "xgboost-example", "--check", "--rounds", "1", "--requests", "1", naive=naive)
    assert done.returncode == status, done.stderr
    assert said in done.stdout


def test_an_answer_that_differs_fails_whatever_the_speed(home: Home, measured: tuple[str, Path], naive: Path) -> None:
    app = naive / "xgboost-example" / "app.py"
    app.write_text(app.read_text().replace("float(prediction[0])", "float(prediction[0]) + 0.01"))
    done = run(home, "xgboost-example", "--rounds", "1", "--requests", "1", naive=naive)
    assert done.returncode == 1
    assert "answer differently: prediction is" in done.stderr


def test_an_error_of_a_handler_is_not_taken_for_an_answer() -> None:
    for answer in ({"errorType": "ValueError", "errorMessage": "no"}, {"code": "wrong_type", "message": "no"}):
        with pytest.raises(measure.MeasureError, match="no"):
            measure.checked(answer)
    assert measure.checked({"prediction": 1.0}) == {"prediction": 1.0}


def test_without_a_twin_there_are_no_bounds_to_check(churn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main([str(churn), "--check"])
    assert f"there is no bench/naive/{churn.name}" in capsys.readouterr().err


def test_folders_are_found_and_every_one_is_a_model_folder() -> None:
    assert "xgboost-example" in images.folders()
    assert "empty" not in images.folders()
    assert [folder for folder in images.folders() if not (ROOT / folder / "app" / "main.py").exists()] == []


@pytest.mark.parametrize("words", [["no-example"], ["docs"], ["--rounds", "0"], ["--frobnicate"]])
def test_wrong_usage_is_said_before_anything_is_done(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(words)
    assert ended.value.code == 2
    assert "python -m bench" in capsys.readouterr().err
