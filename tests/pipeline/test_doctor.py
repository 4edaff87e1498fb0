"""--doctor: whether everything is there that a deployment needs, before anything is made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from clients import client
from permissions import document
from pipeline.faults import aws_that_refuses, refusing_socket
from pipeline.test_aws_stages import surroundings
from pipeline_runs import ROOT, Home, Run
from recorder import Recorder

FOLDER = ROOT / "xgboost-example"
CHECKS = (
    *("name", "engine", "disk", "credentials", "clock", "concurrency", "memory", "architecture"),
    *("snapshots", "HTTP APIs", "boundary", "image", "servers", "permissions", "registry stack", "model's stack"),
)
# Of a new account.
OF_TEN = {
    "lambda:GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}}
}


def doctor(home: Home, port: int, *arguments: str, **env: str) -> Run:
    return home.run("-s", "dev", "-m", str(FOLDER), "--doctor", *arguments, env=surroundings(port) | env)


def states(run: Run) -> dict[str, str]:
    """Of each check, by the first words of its line."""
    found = re.findall(r"^(ok|WARNING|PROBLEM) +(.+?)  +", run.stdout, re.MULTILINE)
    return {name: state for state, name in found}


def line(run: Run, name: str) -> str:
    """What is said of it, with the next command."""
    found = re.search(rf"^\w+ +{name}  .*(?:\n  .*)?", run.stdout, re.MULTILINE)
    assert found, run.stdout
    return found[0]


def test_where_a_model_is_deployed_nothing_is_missing(home: Home, deployed: str) -> None:
    run = home.run("-s", "local", "-m", str(FOLDER), "--doctor").checked()
    assert states(run) == dict.fromkeys(CHECKS, "ok")
    assert "user/xgboost-example-local in account 000000000000, us-east-1" in line(run, "credentials")
    assert "xgboost-example-local-lambda is in UPDATE_COMPLETE" in line(run, "model's stack")
    assert re.search(r"0\.\d+ GB as it was pushed last", line(run, "image"))
    assert "all that caller.yaml allows, by simulation" in line(run, "permissions")


def test_it_changes_nothing(home: Home, deployed: str) -> None:
    with Recorder(home.port) as recorder:
        run = doctor(home, recorder.port, "--json").checked()
    assert recorder.unknown == []
    assert {re.sub(r"^\w+:(Get|Describe|List|Simulate).*", "", action, flags=re.I) for action in recorder.actions} == {
        ""
    }
    said = json.loads(run.stdout)
    assert (said["model"], said["stage"]) == ("xgboost-example", "dev")
    assert tuple(check["name"] for check in said["checks"]) == CHECKS
    assert all(check.keys() == {"name", "state", "words", "next"} for check in said["checks"])


def test_a_new_account_can_be_used_and_can_reserve_nothing(home: Home, deployed: str) -> None:
    with Recorder(home.port, instead=OF_TEN) as recorder:
        usual, reserving = doctor(home, recorder.port), doctor(home, recorder.port, CONCURRENCY_LAMBDA="2")
    assert (usual.status, reserving.status) == (0, 1)
    assert states(usual)["concurrency"] == "WARNING"
    assert "RATE_LAMBDA lets 870 in" in line(usual, "concurrency")
    assert "service-quotas request-service-quota-increase" in line(usual, "concurrency")
    assert states(reserving)["concurrency"] == "PROBLEM"
    assert "CONCURRENCY_LAMBDA=0" in line(reserving, "concurrency")


def test_what_cannot_be_asked_of_a_region_is_said_with_the_page_that_knows(home: Home, deployed: str) -> None:
    run = doctor(home, home.port, ARCHITECTURE_LAMBDA="arm64", SNAPSTART_LAMBDA="on").checked()
    assert "it cannot be asked whether eu-central-1 has it" in line(run, "architecture")
    assert "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html" in line(run, "snapshots")


def test_credentials_that_are_not_accepted_end_it(home: Home) -> None:
    with aws_that_refuses("InvalidClientTokenId", "The security token is invalid.") as endpoint:
        run = doctor(home, 1, AWS_ENDPOINT_URL=endpoint)
    assert run.status == 1
    assert states(run) == {"name": "ok", "engine": "ok", "disk": "ok", "credentials": "PROBLEM", "clock": "ok"}
    assert "aws sso login" in line(run, "credentials")
    assert run.stderr.count("error:") == 1


def test_a_region_that_is_none_is_not_the_credentials_fault(home: Home) -> None:
    for env, words in (
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "cannot be reached"),
        ({"AWS_REGION": ""}, "no AWS region"),
    ):
        run = doctor(home, 1, **env, AWS_CONFIG_FILE="/dev/null")
        assert run.status == 1
        assert words in line(run, "credentials")
        assert "AWS_REGION" in line(run, "credentials")


def test_without_an_engine_and_with_a_bad_name_it_still_says_all_that_it_can(
    home: Home, deployed: str, tmp_path: Path, folder_copy: Path
) -> None:
    long = folder_copy.rename(tmp_path / "a-name-of-more-than-24-letters")
    with refusing_socket(tmp_path / "engine") as engine:
        local = home.run("-s", "local", "-m", str(long), "--doctor", env={"DOCKER_HOST": engine})
        dev = doctor(home, home.port, DOCKER_HOST=engine)
    assert local.status == dev.status == 1
    assert states(local) == {"name": "PROBLEM", "engine": "PROBLEM", "disk": "ok", "account": "PROBLEM"}
    assert "IAM would shorten the names of its roles" in line(local, "name")
    assert {name for name, state in states(dev).items() if state == "PROBLEM"} == {"engine"}


# --- an account that has only just been opened, as moto has it --------------------------------------


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    # What another test has made is there for all servers of one process.
    requests.post(f"http://127.0.0.1:{port}/moto-api/reset", timeout=60).raise_for_status()
    yield port
    server.stop()


def iam(port: int) -> Any:
    return client(port, "iam", "eu-central-1")


def test_before_the_administrator_has_been_there_the_boundary_is_missing(home: Home, moto: int) -> None:
    run = doctor(home, moto)
    assert run.status == 1
    assert {name for name, state in states(run).items() if state == "PROBLEM"} == {"boundary"}
    assert "--template-file caller.yaml --capabilities CAPABILITY_NAMED_IAM" in line(run, "boundary")

    said = json.dumps(document("Boundary", project="xgboost-example"))
    iam(moto).create_policy(PolicyName="xgboost-example-dev-eu-central-1-boundary", PolicyDocument=said)
    run = doctor(home, moto).checked()
    assert states(run)["boundary"] == "ok"


def test_what_an_account_does_not_answer_is_a_warning(home: Home, moto: int) -> None:
    """moto has neither simulation nor account settings."""
    run = doctor(home, moto)
    found = states(run)
    assert found["permissions"] == found["concurrency"] == "WARNING"
    assert "could not be simulated" in line(run, "permissions")
    assert "none pushed yet" in line(run, "image")
    assert "is not there yet" in line(run, "registry stack")
