"""The programs of tools/ as the pipeline runs them: by themselves, with a local AWS around them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from clients import aws_at
from pipeline_runs import ROOT, Home

Start = Callable[..., "subprocess.Popen[str]"]


def started(program: str, *arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tools"), program, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def start(home: Home, deployed: str) -> Start:
    """Start a program of tools/ beside the deployed model."""

    def starting(program: str, *arguments: str) -> subprocess.Popen[str]:
        return started(program, *arguments, environment=aws_at(f"http://127.0.0.1:{home.port}"))

    return starting


@pytest.fixture
def start_with() -> Start:
    """Start a program of tools/ with an AWS that the test makes up."""

    def starting(address: str, program: str, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        return started(program, *arguments, environment=aws_at(address) | settings)

    return starting
