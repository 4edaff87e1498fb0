"""The programs of tools/ as the pipeline runs them: by themselves, with a local AWS around them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_runs import ROOT, Home

Start = Callable[..., "subprocess.Popen[str]"]


def aws_at(address: str) -> dict[str, str]:
    """An environment in which boto3 knows this AWS and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "TZ": "UTC",
    }


def started(program: str, *arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(ROOT, "tools", program)), *arguments],
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

    def starting(address: str, program: str, *arguments: str) -> subprocess.Popen[str]:
        return started(program, *arguments, environment=aws_at(address))

    return starting
