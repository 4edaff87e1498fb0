"""The AWS CLI, imported once: each call is answered as the program itself would, and none outlives who asks."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator

import pytest

from clients import aws_at
from pipeline.faults import aws_that_refuses
from pipeline_runs import AwsCli

NAME = ("sts", "get-caller-identity")


@pytest.fixture
def refusing() -> Iterator[AwsCli]:
    with aws_that_refuses("ExpiredToken", "The token is\nexpired") as address:
        cli = AwsCli(aws_at(address))
        yield cli
        cli.end()


def test_call_after_call_is_answered_as_by_the_program_itself(refusing: AwsCli) -> None:
    calls = [("--version",), NAME, ("configure", "get", "region"), ("s3", "no-such-verb"), NAME, ("--help-me",), ()]
    environment = aws_at("http://127.0.0.1:9")
    for call in calls:
        status, said, complaint = refusing.ask(*call)
        if call == NAME:
            assert (status, said) == (255, "")
            assert "An error occurred (ExpiredToken) when calling the GetCallerIdentity" in complaint
        else:
            itself = subprocess.run(["aws", *call], env=environment, capture_output=True, text=True, check=False)
            assert (status, said) == (itself.returncode, itself.stdout)
            assert complaint.split() == itself.stderr.split()


def test_it_ends_with_who_asks(refusing: AwsCli) -> None:
    assert refusing.ask("--version")[0] == 0
    assert refusing.end() == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_the_middle_of_a_call(number: signal.Signals) -> None:
    """No answer ever comes from this address, which is kept for examples."""
    cli = AwsCli(aws_at("http://192.0.2.1"))
    assert cli.ask("--version")[0] == 0
    assert cli.process.stdin
    cli.process.stdin.write("".join(f"{word}\0" for word in ("2", *NAME)).encode())
    cli.process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        cli.process.wait(1)
    cli.process.send_signal(number)
    assert cli.process.wait(5) == 128 + number
