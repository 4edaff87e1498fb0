"""--tune of a function that is deployed: measured by versions of its own, and left as it was, whatever ends the run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from pipeline.faults import assert_explained
from pipeline.test_aws_stages import surroundings
from pipeline.versions import Model
from pipeline_runs import Home
from tools.releases import event_files
from tools.tuning import deployed, trials
from tools.tuning.measuring import Patience
from tools.tuning.points import Build, Point
from tools.tuning.rows import Outcome

NAME = "tuned-example"
FUNCTION = f"{NAME}-dev"
MEMORY = 1769
SHORT = Patience(least=3, most=20)


@pytest.fixture(scope="module")
def around(home: Home, deployed: str) -> dict[str, str]:
    return surroundings(home.port, "dev", NAME)


@pytest.fixture(scope="module")
def model(home: Home, around: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    made = Model.new(home, tmp_path_factory.mktemp("tuned"), NAME)
    made.run("-r", "-p", str(made.folder), "-d", stage="dev", env=around).checked()
    yield made
    made.run("-x", "-y", stage="dev", env=around).checked()


@pytest.fixture(autouse=True)
def lambdas(model: Model, around: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in (around | {"AWS_DEFAULT_REGION": around["AWS_REGION"]}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return boto3.client("lambda")


@pytest.fixture
def as_it_was(lambdas: Any) -> Iterator[None]:
    before = state(lambdas)
    yield
    assert state(lambdas) == before


def state(client: Any) -> tuple[Any, ...]:
    said = client.get_function_configuration(FunctionName=FUNCTION)
    live = client.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]
    return (
        said["MemorySize"],
        said["SnapStart"]["ApplyOn"],
        said["Description"].partition(",")[0],
        live,
        versions(client),
    )


def versions(client: Any) -> list[str]:
    return [each["Version"] for each in client.list_versions_by_function(FunctionName=FUNCTION)["Versions"]]


def newest(client: Any) -> str:
    return str(client.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"])


def changed(client: Any) -> bool:
    description = client.get_function_configuration(FunctionName=FUNCTION)["Description"]
    return bool(trials.MARK.match(description))


def until(found: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def begun(model: Model, around: dict[str, str]) -> subprocess.Popen[str]:
    """A run of the command, in a session of its own."""
    command = model.home.command("-s", "dev", "-m", str(model.folder), "--tune")
    environment = model.home.environment(around)
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)


def programs(words: str) -> list[int]:
    """Those that tune this function."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            given = (entry / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if words in given and FUNCTION in given:
            found.append(int(entry.name))
    return found


@pytest.mark.usefixtures("as_it_was")
def test_each_memory_is_a_version_that_is_asked_and_gone(model: Model, lambdas: Any) -> None:
    asked = event_files.read_all(model.folder / "events")
    with trials.Function(FUNCTION).trials([MEMORY, 512]) as made:
        assert not changed(lambdas), "the function is itself again before anything is measured"
        said = [
            lambdas.get_function_configuration(FunctionName=FUNCTION, Qualifier=version) for version in made.values()
        ]
        assert [each["MemorySize"] for each in said] == list(made) == [MEMORY, 512]
        for memory, version in made.items():
            point = Point(Build((), "here"), memory)
            row = deployed.measure(FUNCTION, version, point, asked, SHORT)
            assert row.outcome is Outcome.MEASURED, row.reason
            assert row.figures
            assert (row.asked, row.differing, row.figures.samples) == (len(asked), 0, 20)
            assert 0 < row.figures.p50 < row.figures.cold


@pytest.mark.usefixtures("as_it_was")
def test_what_answers_differently_is_refused(model: Model) -> None:
    asked = event_files.read_all(model.folder / "events")
    asked["one-row"]["answer"]["body"]["prediction"] += 1
    with trials.Function(FUNCTION).trials([512]) as made:
        row = deployed.measure(FUNCTION, made[512], Point(Build((), "here"), 512), asked, SHORT)
    assert (row.outcome, row.differing) == (Outcome.REFUSED, 1)
    assert row.reason.startswith("answers differently: one-row: body.prediction")


@pytest.mark.usefixtures("as_it_was")
def test_ctrl_c_tells_what_was_measured(model: Model, around: dict[str, str]) -> None:
    with begun(model, around) as run:
        assert run.stderr
        for line in run.stderr:
            if "1,769 MB: p50" in line:
                break
        os.killpg(run.pid, signal.SIGINT)
        said = run.stderr.read()
    assert run.returncode == 130
    assert "stopped: what has been measured is kept" in said
    kept = json.loads((model.home.path / "tuning" / f"{NAME}.json").read_text())
    assert (kept["complete"], kept["processors"], kept["region"]) == (False, None, "eu-central-1")
    assert [point["outcome"] for point in kept["points"]].count("measured") >= 1
    assert "on Lambda, by the times that it reports" in (model.home.path / "tuning" / f"{NAME}.html").read_text()


@pytest.mark.usefixtures("as_it_was")
def test_a_run_that_is_killed_is_put_back_by_who_watches_it(model: Model, around: dict[str, str], lambdas: Any) -> None:
    with begun(model, around) as run:
        until(lambda: changed(lambdas))
        os.killpg(run.pid, signal.SIGKILL)
        until(lambda: not changed(lambdas))
        until(lambda: not programs("tuning.trials"))


def test_where_that_one_is_killed_too_the_next_deployment_does_it(
    model: Model, around: dict[str, str], lambdas: Any
) -> None:
    before = versions(lambdas)
    with begun(model, around) as run:
        until(lambda: changed(lambdas))
        for program in programs("tuning.trials"):
            os.kill(program, signal.SIGKILL)
        os.killpg(run.pid, signal.SIGKILL)
    until(lambda: not programs("tuning.tune"))
    assert changed(lambdas)
    # It changes the stack.
    said = model.run("-d", stage="dev", env=around | {"LOG_DAYS_LAMBDA": "7"}).checked()
    assert "put back to what it was before a --tune that was killed" in said.stderr
    assert not changed(lambdas)
    assert versions(lambdas) == [*before, newest(lambdas)]
    assert lambdas.get_function_configuration(FunctionName=FUNCTION)["MemorySize"] == MEMORY


def test_what_nobody_gets_is_not_measured(model: Model, around: dict[str, str]) -> None:
    model.change("raise RuntimeError('broken on purpose')")
    model.run("-p", str(model.folder), "-d", stage="dev", env=around)
    run = model.run("--tune", stage="dev", env=around)
    assert_explained(run, "the newest image of tuned-example is not live", "has not passed its gate", "-d")
