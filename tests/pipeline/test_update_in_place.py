"""A stack that an earlier pipeline deployed is updated in place: who calls it notices nothing."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.versions import ask
from pipeline_runs import ROOT, Home, Run

# The last one whose folders held templates of their own, written out.
BEFORE = "76dbe6b"
STACK = "xgboost-example-local-lambda"
REGISTRY = "xgboost-example-local-registry"


@pytest.fixture
def pipeline_of_before(tmp_path: Path) -> Path:
    """The tree of then. The Python tools are today's: they are fetched once, and it runs them as they are."""
    packed = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    assert packed.returncode == 0, (
        f"{packed.stderr.decode()}commit {BEFORE} is needed, and this clone does not reach back to it: "
        "git fetch --unshallow; in CI, check out the whole history"
    )
    folder = tmp_path / "before"
    folder.mkdir()
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=packed.stdout, check=True)
    shutil.copy(ROOT / "tools" / "environment" / "requirements.txt", folder / "tools" / "requirements.txt")
    return folder


def deployed_by(root: Path, home: Home) -> Run:
    command = ["bash", str(root / "pipeline.sh"), "-s", "local", "-r", "-p", str(root / "xgboost-example"), "-d"]
    environment = home.environment()
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    return Run(done.returncode, done.stdout, done.stderr).checked()


@contextmanager
def callers(url: str) -> Iterator[list[int]]:
    """Two who ask all the time; the statuses that they got, of which 0 is no answer at all."""
    statuses: list[int] = []
    end = threading.Event()

    def call() -> None:
        while not end.is_set():
            try:
                statuses.append(ask(url)[0])
            except OSError:
                statuses.append(0)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        end.set()
        for thread in threads:
            thread.join()


def resources(home: Home, stack: str = STACK) -> dict[str, tuple[str, str]]:
    """Type and physical id of each."""
    found = home.aws("cloudformation", "describe-stack-resources", "--stack-name", stack)["StackResources"]
    return {item["LogicalResourceId"]: (item["ResourceType"], item["PhysicalResourceId"]) for item in found}


def drift(home: Home) -> str:
    begun = home.aws("cloudformation", "detect-stack-drift", "--stack-name", STACK)["StackDriftDetectionId"]
    while True:
        said = home.aws("cloudformation", "describe-stack-drift-detection-status", "--stack-drift-detection-id", begun)
        if said["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return str(said["StackDriftStatus"])


def test_a_stack_of_before_is_updated_in_place_while_it_is_asked(own_home: Home, pipeline_of_before: Path) -> None:
    # So that one AWS serves both: the one that runs is taken.
    own_home.run("-s", "local", "-m", "xgboost-example", "-o")
    url = deployed_by(pipeline_of_before, own_home).api_url
    assert ask(url)[0] == 200
    before, registry_before = resources(own_home), resources(own_home, REGISTRY)
    assert registry_before["Bucket"][1] == "xgboost-example-local-000000000000"

    with callers(url) as statuses:
        run = deployed_by(ROOT, own_home)

    assert run.api_url == url
    assert len(statuses) > 100
    assert set(statuses) == {200}
    after = resources(own_home)
    # A version is made anew with each image; all else is what it was.
    lost = {name: found for name, found in before.items() if after.get(name) != found}
    assert {kind for kind, _ in lost.values()} <= {"AWS::Lambda::Version"}, lost
    # The bucket among it, which would have another name today.
    assert resources(own_home, REGISTRY) == registry_before
    assert [bucket["Name"] for bucket in own_home.aws("s3api", "list-buckets")["Buckets"]] == [
        registry_before["Bucket"][1]
    ]
    assert drift(own_home) == "IN_SYNC"
    aliases = own_home.aws("lambda", "list-aliases", "--function-name", "xgboost-example-local")["Aliases"]
    assert {alias["FunctionVersion"] for alias in aliases} == {"2"}
