"""The program: what it prints, writes down and returns, with points that are made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tunings as found
from pipeline_runs import copy_of
from tools.tuning import container, tune
from tools.tuning.container import Limits
from tools.tuning.measuring import Patience
from tools.tuning.points import Point
from tools.tuning.rows import Outcome, Row

BUILD = "image:1\tBACKEND=native"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def measure(point: Point, limits: Limits, asked: object, patience: Patience) -> Row:
        return found.row(point.memory_mb, 20 / point.processors**0.5, build=point.build)

    monkeypatch.setattr(tune, "measure", measure)
    monkeypatch.setattr(tune, "busy", lambda: 0.0)
    monkeypatch.setattr(container, "processors", lambda: 2)
    monkeypatch.setenv("PROJECT_LAMBDA", "tuned")
    made = copy_of(found.FOLDER, tmp_path / "tuned")
    (made / "model.env").write_text("# Mine.\nMEMORY_LAMBDA=3008\n# The end.\n")
    (made / "stack.yaml").write_text(found.filled())
    return made


def run(folder: Path, *options: str) -> int:
    at = [str(folder), str(folder / "stack.yaml"), "us-east-1", str(folder / "found"), "--emulator", "/rie"]
    return tune.main(*at, *options, "--", BUILD)


def test_it_prints_a_table_and_keeps_page_and_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    said = capsys.readouterr()
    assert said.out.startswith("tuned: x86_64, us-east-1, list prices of ")
    assert f"the page: {folder}/found/tuned.html" in said.err
    assert json.loads((folder / "found" / "tuned.json").read_text())["model"] == "tuned"
    assert (folder / "model.env").read_text() == "# Mine.\nMEMORY_LAMBDA=3008\n# The end.\n"


def test_json_is_all_that_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["complete"]


def test_apply_writes_the_choice(folder: Path) -> None:
    assert run(folder, "--apply", "--p99", "60") == 0
    chosen = json.loads((folder / "found" / "tuned.json").read_text())["chosen"]
    assert chosen["memory_mb"] < 1769
    expected = f"# Mine.\nMEMORY_LAMBDA={chosen['memory_mb']}\n# The end.\nBACKEND=native\n"
    assert (folder / "model.env").read_text() == expected


def test_a_goal_that_nothing_meets_is_a_failure_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--apply", "--p99", "1") == 1
    assert "Nothing meets p99 1 ms" in capsys.readouterr().out
    assert "MEMORY_LAMBDA=3008" in (folder / "model.env").read_text()


def test_after_ctrl_c_nothing_is_written_to_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(point: Point, limits: Limits, asked: object, patience: Patience) -> Row:
        if point.memory_mb == 512:
            raise KeyboardInterrupt
        return found.row(point.memory_mb, 20, build=point.build)

    monkeypatch.setattr(tune, "measure", measure)
    assert run(folder, "--apply") == 130
    assert "MEMORY_LAMBDA=3008" in (folder / "model.env").read_text()
    points = json.loads((folder / "found" / "tuned.json").read_text())["points"]
    assert {point["memory_mb"] for point in points if point["outcome"] == Outcome.MEASURED} >= {1769, 768}


def test_an_engine_that_fails_is_no_finding(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(*_: object) -> Row:
        raise container.EngineFailed("docker run: no space left on device")

    monkeypatch.setattr(tune, "measure", measure)
    assert run(folder) == 1
    assert capsys.readouterr().err.endswith("docker run: no space left on device\n")
