"""Killed with all that it started, at any point, the pipeline is mended by the same command.

The twenty points are spread over a run on a machine that has nothing but an engine: the Python environment, the
stand-in for the base image, the local AWS, the checks, the registry, build, push and deployment. Only the
installation of the engine by apt is not among them: it belongs to the machine.

`bash tests/kill.sh` takes all twenty. Else four are taken, others each time: one before the build, one each in
build, push and deployment. The environment and the stand-in, a minute each, are not among the four.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from calls import post
from pipeline.faults import docker_that_cannot, start
from pipeline.kill_points import Phase, Point, kill, of, seeded, some
from pipeline_runs import ROOT, Home, copy_of

REQUEST = {"input_X": [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]}
TOOLS = Phase("tools", "tools ", "aws ", 45, (0.05, 0.5, 0.95))
STAND_IN = Phase("stand-in", "base      make", "registry ", 35, (0.1, 0.6, 0.95))
LOCAL_AWS = Phase("aws", "aws ", " ", 0.4, (0.2, 0.7))
CHECKS = Phase("checks", "          on port", "registry ", 0.9, (0.5,))
REGISTRY = Phase("registry", "registry ", "image ", 0.35, (0.4, 0.8))
BUILD = Phase("build", "image ", "          built", 0.3, (0.3, 0.7))
PUSH = Phase("push", "          built", "deploy ", 5.5, (0.1, 0.5, 0.9))
DEPLOY = Phase("deploy", "deploy ", "API_URL=", 2.8, (0.1, 0.4, 0.7, 0.95))
PHASES = (TOOLS, STAND_IN, LOCAL_AWS, CHECKS, REGISTRY, BUILD, PUSH, DEPLOY)


POINTS = of(*PHASES)
SOME = some(2, (LOCAL_AWS, CHECKS, REGISTRY), (BUILD,), (PUSH,), (DEPLOY,))


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
    killed = kill(start(machine.home, *command, env=machine.env), point)
    assert "API_URL" not in killed.stdout

    again = machine.home.run(*command, env=machine.env).checked()
    print(again.stderr)
    status, answer = post(again.api_url, REQUEST)
    assert status == 200
    assert 14.7 <= answer["prediction"] < 14.8


@pytest.mark.every_kill_point
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_same_command_mends_a_run_killed_at_every_point(fresh: Machine, point: Point) -> None:
    kill_and_repeat(fresh, point)


@pytest.mark.parametrize("point", SOME, ids=seeded)
def test_the_same_command_mends_a_run_killed_at_some_point(fresh: Machine, point: Point) -> None:
    kill_and_repeat(fresh, point)


def test_there_are_twenty_points() -> None:
    assert len(POINTS) == 20
