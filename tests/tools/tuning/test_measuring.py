"""One point on the real engine: measured, refused, out of memory, out of time; and a run that is interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import docker
from pipeline_runs import ROOT, Home, copy_of
from tools.releases import event_files
from tools.tuning.container import Limits
from tools.tuning.measuring import Patience, measure
from tools.tuning.points import Build, Point
from tools.tuning.rows import Outcome, Row

FOLDER = ROOT / "xgboost-example"
SHORT = Patience(least=3, most=30, colds=2)


@pytest.fixture(scope="module")
def build(home: Home, deployed: str) -> Build:
    """Of the folder as it is: others may have pushed images of a changed one since."""
    said = home.run("-s", "local", "-p", str(FOLDER), "-d", "-o").checked().stdout
    told = dict(line.split("=", 1) for line in said.splitlines())
    return Build((("BACKEND", "fast"),), told["IMAGE_URI"])


@pytest.fixture
def limits(home: Home) -> Iterator[Limits]:
    owner = str(home.path)
    yield Limits(29, home.path / "venv" / "bin" / "aws-lambda-rie", owner)
    assert tuned(owner) == "", "a container is left"


def tuned(owner: str) -> str:
    return docker("ps", "--all", "--quiet", "--filter", f"label=pipeline={owner}", "--filter", "name=tune-").strip()


def measured(build: Build, limits: Limits, memory_mb: int = 1769, events: Path = FOLDER / "events") -> Row:
    return measure(Point(build, memory_mb), limits, event_files.read_all(events), SHORT)


def test_a_point_is_asked_its_events_and_then_on(build: Build, limits: Limits) -> None:
    row = measured(build, limits)
    assert row.outcome is Outcome.MEASURED, row.reason
    assert row.figures
    assert (row.asked, row.differing) == (len(list((FOLDER / "events").glob("*.json"))), 0)
    assert (row.figures.samples, row.figures.colds) == (30, 2)
    assert 0 < row.figures.p50 <= row.figures.p95 <= row.figures.p99
    # a start imports and loads besides
    assert row.figures.cold > row.figures.p50


def test_what_answers_differently_is_refused_and_says_where(build: Build, limits: Limits, tmp_path: Path) -> None:
    events = copy_of(FOLDER / "events", tmp_path / "events")
    event = json.loads((events / "one-row.json").read_text())
    event["answer"]["body"]["prediction"] += 1
    (events / "one-row.json").write_text(json.dumps(event))
    row = measured(build, limits, events=events)
    assert (row.outcome, row.differing, row.figures) == (Outcome.REFUSED, 1, None)
    assert row.reason.startswith("answers differently: one-row: body.prediction: expected 15.7")


def test_events_without_a_prediction_measure_nothing(build: Build, limits: Limits, tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text((FOLDER / "events" / "health.json").read_text())
    row = measured(build, limits, events=tmp_path)
    assert (row.outcome, row.reason) == (Outcome.REFUSED, "has no event with a prediction")


def test_predictions_of_other_weights_measure_nothing(build: Build, limits: Limits, tmp_path: Path) -> None:
    events = copy_of(FOLDER / "events", tmp_path / "events")
    for path in events.glob("*.json"):
        event = json.loads(path.read_text())
        path.write_text(json.dumps(event | {"when": {"weights": "digits"}}))
    row = measured(build, limits, events=events)
    assert (row.outcome, row.reason) == (
        Outcome.REFUSED,
        "has no event with a prediction: those of its folder are for weights digits",
    )


@pytest.fixture
def hungry(build: Build, tmp_path: Path) -> Iterator[Build]:
    """The same, but that Python takes 200 MB as it starts."""
    (tmp_path / "sitecustomize.py").write_text('taken = b"x" * 200_000_000\n')
    (tmp_path / "Dockerfile").write_text(f"FROM {build.image}\nCOPY sitecustomize.py /opt/python/sitecustomize.py\n")
    image = docker("build", "--quiet", str(tmp_path)).split()[-1]
    yield Build(build.settings, image)
    docker("image", "rm", "--force", image)


def test_too_little_memory_is_a_finding(hungry: Build, limits: Limits) -> None:
    row = measured(hungry, limits, memory_mb=128)
    assert (row.outcome, row.reason) == (Outcome.DIED, "out of memory: 128 MB are not enough")


def test_too_long_a_start_is_a_finding(build: Build, limits: Limits) -> None:
    row = measured(build, Limits(1, limits.emulator, limits.owner, start_seconds=-0.98))
    assert (row.outcome, row.reason) == (Outcome.DIED, "out of time: no answer within 0.02 s")


def test_ctrl_c_tells_what_was_measured_and_leaves_nothing(home: Home, deployed: str, tmp_path: Path) -> None:
    command = home.command("-s", "local", "-m", "xgboost-example", "--tune", "--json")
    said = tmp_path / "said"
    with said.open("w") as words:
        run = subprocess.Popen(
            command,
            cwd=ROOT,
            env=home.environment({"BACKEND": "fast"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            start_new_session=True,
        )
    deadline = time.monotonic() + 120
    while "1,769 MB: p50" not in said.read_text():
        assert run.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)
    # As a supervisor does: to the shell alone, which passes it on.
    run.send_signal(signal.SIGTERM)
    stdout, _ = run.communicate(timeout=30)
    assert run.returncode == 130, said.read_text()
    found = json.loads(stdout)
    assert not found["complete"]
    assert {point["outcome"] for point in found["points"] if point["memory_mb"] == 1769} == {"measured"}
    assert found["knee"]["memory_mb"] >= 1769
    assert "stopped before the end" in (home.path / "tuning" / "xgboost-example.html").read_text()
    assert "what has been measured is kept" in said.read_text()
    assert tuned(str(home.path)) == ""
