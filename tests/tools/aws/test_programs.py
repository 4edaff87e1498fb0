"""Programs in one process: each is answered as by a process of its own, and none outlives who asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients import aws_at
from pipeline.faults import aws_that_refuses
from pipeline.shell import PARTS, shell
from pipeline_runs import ROOT, Exchange

# No answer ever comes from this address, which is kept for examples.
SILENT = "http://192.0.2.1"
ENDLESS = 'batch.missing "$RUN_DIR" bucket aaaaaaaaaa'
OPEN = "option() { false; }; programs::open batch.missing; "


@pytest.fixture
def refusing() -> Iterator[str]:
    with aws_that_refuses("AccessDenied", "not you") as address:
        yield address


def test_one_after_the_other_is_answered_as_by_a_process_of_its_own(refusing: str, tmp_path: Path) -> None:
    calls = [
        ("batch.missing", str(tmp_path), "bucket", "aaaaaaaaaa"),  # refused by AWS
        ("stacks.api_path", str(ROOT / "xgboost-example")),  # says something
        ("batch.missing", "--no-such"),  # wrong usage
        ("releases.events", "--check", str(tmp_path / "nowhere")),
        ("stacks.api_path", str(ROOT / "xgboost-example")),
    ]
    process = Exchange(aws_at(refusing), "aws.programs", "batch.missing")
    for call in calls:
        command = [sys.executable, str(ROOT / "tools"), *call]
        itself = subprocess.run(command, env=aws_at(refusing), capture_output=True, text=True, check=False)
        assert "Traceback" not in itself.stderr
        assert process.ask("answered", *call) == (itself.returncode, itself.stdout, itself.stderr)
    assert process.end() == (0, "")


def test_what_is_shown_does_not_wait_for_the_answer(refusing: str) -> None:
    process = Exchange(aws_at(refusing), "aws.programs")
    assert process.ask("shown", "batch.watch", "bucket", "aaaaaaaaaa") == (1, "", "")
    status, told = process.end()
    assert (status, told.count("AccessDenied")) == (0, 1)


def test_the_shell_asks_them_as_it_would_start_them(refusing: str, tmp_path: Path) -> None:
    ask = """
    if answer=$(programs::ask stacks.api_path "$ROOT/xgboost-example" 2>&1); then echo "yes $answer"; fi
    if ! why=$(programs::ask batch.missing "$RUN_DIR" bucket aaaaaaaaaa 2>&1); then echo "no ${why##*: }"; fi
    """
    apart = shell(f"programs::open() {{ :; }}; {OPEN}{ask}", tmp_path, aws_at(refusing)).checked()
    together = shell(OPEN + ask, tmp_path, aws_at(refusing)).checked()
    assert together == apart
    assert together.stdout.splitlines()[1] == "no not you"


def test_one_that_has_been_killed_is_said_to_have_ended(refusing: str, tmp_path: Path) -> None:
    script = f'{OPEN} kill -KILL $PROGRAMS; programs::ask batch.missing || echo "status $?"'
    run = shell(script, tmp_path, aws_at(refusing)).checked()
    assert run.stdout == "status 1\n"
    assert "has ended without an answer" in run.stderr


@pytest.mark.parametrize("seconds", [0.0, 1.5], ids=["as it begins", "in the middle of a program"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_run_ends_it(number: signal.Signals, seconds: float, tmp_path: Path) -> None:
    """Only the shell is told; a terminal would tell both."""
    run, programs = begun("programs::show " + ENDLESS, tmp_path)
    time.sleep(seconds)
    run.send_signal(number)
    out, err = run.communicate()
    assert (out, err, run.returncode) == ("left\n", "", 9)
    assert_gone(programs)


def test_it_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    run, programs = begun("read -r", tmp_path)
    run.kill()
    run.communicate()
    assert_gone(programs)


def begun(script: str, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A shell with its process."""
    left = "trap 'programs::end; echo left; exit 9' INT TERM"
    command = ["bash", "-c", f"{PARTS}{OPEN}{left}; echo $PROGRAMS; {script}", "bash", str(ROOT), str(folder)]
    pipe = subprocess.PIPE
    run = subprocess.Popen(command, env=aws_at(SILENT), stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert run.stdout
    return run, int(run.stdout.readline())


def assert_gone(process: int) -> None:
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError(f"process {process} is still there")
