"""Killed with all that it started, at any point, the pipeline is mended by the same command.

The twenty points are spread over a run on a machine that has nothing but an engine: the Python environment, the
stand-in for the base image, the local AWS, the checks, the registry, build, push and deployment. Each is a step
and a part of the time that the step takes here; it is reached from the step's own line, and never later than
the end of the step. Only the installation of the engine by apt is not among them: it belongs to the machine.

`bash tests/kill.sh` takes all twenty. Else four are taken, others each time: one before the build, one each in
build, push and deployment. The environment and the stand-in, a minute each, are not among the four. The seed is
part of a test's name; KILL_SEED=… repeats the choice.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from calls import post
from pipeline.faults import docker_that_cannot, start
from pipeline_runs import ROOT, Home, copy_of

REQUEST = {"input_X": [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]}
SEED = int(os.environ.get("KILL_SEED", time.time_ns() % 10**6))


@dataclass(frozen=True)
class Phase:
    """From the line that begins it to the line that begins the next; how long that takes, and where it is killed."""

    name: str
    begins: str
    ends: str
    seconds: float
    parts: tuple[float, ...]


TOOLS = Phase("tools", "tools ", "aws ", 45, (0.05, 0.5, 0.95))
STAND_IN = Phase("stand-in", "base      make", "registry ", 35, (0.1, 0.6, 0.95))
LOCAL_AWS = Phase("aws", "aws ", " ", 0.4, (0.2, 0.7))
CHECKS = Phase("checks", "          on port", "registry ", 1.0, (0.5,))
REGISTRY = Phase("registry", "registry ", "image ", 1.0, (0.4, 0.8))
BUILD = Phase("build", "image ", "          built", 2.5, (0.3, 0.7))
PUSH = Phase("push", "          built", "deploy ", 5.0, (0.1, 0.5, 0.9))
DEPLOY = Phase("deploy", "deploy ", "API_URL=", 7.0, (0.1, 0.4, 0.7, 0.95))
PHASES = (TOOLS, STAND_IN, LOCAL_AWS, CHECKS, REGISTRY, BUILD, PUSH, DEPLOY)


@dataclass(frozen=True)
class Point:
    phase: Phase
    part: float

    def __str__(self) -> str:
        return f"{self.phase.name}-{self.part}"


POINTS = [Point(phase, part) for phase in PHASES for part in phase.parts]


def of(*phases: Phase) -> list[Point]:
    return [point for point in POINTS if point.phase in phases]


def some() -> list[Point]:
    choose = random.Random(SEED).choice
    return [choose(of(LOCAL_AWS, CHECKS, REGISTRY)), choose(of(BUILD)), choose(of(PUSH)), choose(of(DEPLOY))]


@dataclass(frozen=True)
class Machine:
    """A home that has never been used, a model that was never built, and what is missing besides."""

    home: Home
    folder: Path
    env: dict[str, str]


@pytest.fixture
def fresh(point: Point, tmp_path: Path) -> Iterator[Machine]:
    folder = copy_of(ROOT / "xgboost-example", tmp_path / "folder")
    with (folder / "app" / "main.py").open("a") as handler:
        handler.write(f"\n# {tmp_path} {time.time_ns()}\n")
    env = {}
    if point.phase is STAND_IN:
        env["PATH"] = docker_that_cannot(tmp_path / "bin", "pull", "no route to host")
        env["PIPELINE_STAND_IN"] = f"pipeline/stand-in:test-{os.getpid()}"
    with Home(tmp_path / "home") as home:
        if point.phase is TOOLS:
            (home.path / "venv").unlink()
        yield Machine(home, folder, env)
    if point.phase is STAND_IN:
        subprocess.run(["docker", "rmi", "--force", env["PIPELINE_STAND_IN"]], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tmp_path)


def kill_and_repeat(machine: Machine, point: Point) -> None:
    command = ("-s", "local", "-r", "-p", str(machine.folder), "-d")
    run = start(machine.home, *command, env=machine.env)
    assert run.wait_for(point.phase.begins), f"the run never came to {point.phase.begins!r}: {run.lines}"
    in_time = not run.wait_for(point.phase.ends, point.phase.seconds * point.part, after=point.phase.begins)
    run.signal(signal.SIGKILL)
    killed = run.finish()
    assert killed.status == -signal.SIGKILL, killed
    assert "API_URL" not in killed.stdout
    print(f"{point}: killed {'in the step' if in_time else 'at the end of the step'} after:\n{killed.stderr}")

    again = machine.home.run(*command, env=machine.env).checked()
    print(again.stderr)
    status, answer = post(again.api_url, REQUEST)
    assert status == 200
    assert 14.7 <= answer["prediction"] < 14.8


@pytest.mark.every_kill_point
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_same_command_mends_a_run_killed_at_every_point(fresh: Machine, point: Point) -> None:
    kill_and_repeat(fresh, point)


@pytest.mark.parametrize("point", some(), ids=lambda point: f"seed{SEED}-{point}")
def test_the_same_command_mends_a_run_killed_at_some_point(fresh: Machine, point: Point) -> None:
    kill_and_repeat(fresh, point)


def test_there_are_twenty_points() -> None:
    assert len(POINTS) == 20
