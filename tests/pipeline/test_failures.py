"""What goes wrong is said once and clearly, loses nothing, and the run after it succeeds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls import post
from pipeline.faults import (
    NO_CREDENTIALS,
    NO_REGION,
    STAND_IN,
    assert_explained,
    aws_that_refuses,
    docker_that_cannot,
    listener,
    path_without,
    refusing_socket,
    small_disk,
    start,
    steps,
    unset,
)
from pipeline_runs import MAIN_HOME, ROOT, Home

EXAMPLE = "xgboost-example"
REQUEST = {"input_X": [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose AWS runs and holds the registry of the example."""
    with Home(tmp_path_factory.mktemp("failures")) as home:
        home.run("-s", "local", "-m", EXAMPLE, "-r").checked()
        yield home


def server(home: Home) -> dict[str, int]:
    found = json.loads((home.path / "aws" / "server.json").read_text())
    assert isinstance(found, dict)
    return found


def like_aws(home: Home) -> dict[str, str]:
    """What a stage on AWS finds, with MiniStack behind it: endpoint, registry and credentials, nothing else."""
    port = server(home)["port"]
    return unset((*NO_CREDENTIALS, *NO_REGION)) | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "REGISTRY_HOST": f"localhost:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def aws(home: Home, *arguments: str) -> str:
    env = os.environ | like_aws(home) | {"AWS_DEFAULT_REGION": "us-east-1"}
    return subprocess.check_output([str(MAIN_HOME / "venv/bin/aws"), *arguments], env=env, text=True)


def answers(url: str) -> bool:
    status, answer = post(url, REQUEST)
    return status == 200 and 14.7 <= answer["prediction"] < 14.8


def test_a_missing_stage_is_wrong_usage(ready: Home) -> None:
    assert_explained(ready.run("-r"), "no stage", following="pipeline.sh -h", status=2)


def test_an_unknown_stage_is_wrong_usage(ready: Home) -> None:
    assert_explained(ready.run("-s", "test", "-r"), "unknown stage: test", following="pipeline.sh -h", status=2)


def test_an_unknown_option_is_wrong_usage(ready: Home) -> None:
    assert_explained(ready.run("-s", "local", "--deploy"), "--deploy", following="pipeline.sh -h", status=2)


@pytest.mark.parametrize("missing", ["Dockerfile", "template.yaml", "model.env"])
def test_a_folder_that_lacks_a_file_is_refused_before_anything_is_done(
    ready: Home, folder_copy: Path, missing: str
) -> None:
    (folder_copy / missing).unlink()
    run = ready.run("-s", "local", "-r", "-p", str(folder_copy), "-d")
    assert_explained(run, "is not a model folder", f"no {missing}", "-p PATH")
    assert steps(run) == []


def test_a_folder_that_is_not_there_is_refused(ready: Home) -> None:
    assert_explained(ready.run("-s", "local", "-p", "no-such-example"), "no folder no-such-example", "", "-p PATH")


def test_without_an_engine_and_without_leave_to_install_one(own_home: Home, tmp_path: Path) -> None:
    path = path_without(tmp_path / "bin", "docker", "dockerd", "podman")
    run = own_home.run("-s", "local", "-m", EXAMPLE, "-r", env={"PATH": path, "PIPELINE_INSTALL": "never"})
    assert_explained(run, "no container engine answers", "there is no docker command", "install Docker")
    assert steps(run) == []
    own_home.run("-s", "local", "-m", EXAMPLE, "-r").checked()


def test_an_engine_that_refuses(ready: Home, tmp_path: Path) -> None:
    with refusing_socket(tmp_path / "docker.sock") as host:
        run = ready.run("-s", "local", "-m", EXAMPLE, "-r", env={"DOCKER_HOST": host})
    assert_explained(run, f"the container engine at {host} does not answer", "Cannot connect", "unset DOCKER_HOST")
    ready.run("-s", "local", "-m", EXAMPLE, "-r").checked()


def test_an_engine_that_this_user_may_not_use(tmp_path: Path) -> None:
    """Everything but the engine is within reach of the user `nobody`."""
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.owner() == "root" and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    home = tmp_path / "home"
    (home / "venv").mkdir(parents=True)
    (home / "venv" / "made-from").write_bytes((ROOT / "tools" / "requirements.txt").read_bytes())
    subprocess.run(["chown", "-R", "nobody", str(home)], check=True)
    command = ["setpriv", "--reuid", "nobody", "--clear-groups", "bash", str(ROOT / "pipeline.sh")]
    run = subprocess.run(
        [*command, "-s", "local", "-m", EXAMPLE, "-r"],
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PIPELINE_HOME": str(home), "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    from pipeline_runs import Run

    assert_explained(
        Run(run.returncode, run.stdout, run.stderr), "no container engine answers", "permission denied", "usermod -aG docker nobody"
    )


def test_credentials_that_have_expired(ready: Home) -> None:
    with aws_that_refuses("ExpiredToken", "The security token included in the request is expired") as endpoint:
        run = ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=like_aws(ready) | {"AWS_ENDPOINT_URL": endpoint})
    assert_explained(run, "AWS does not accept the credentials", "is expired", "aws sso login")
    assert steps(run) == []
    ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=like_aws(ready)).checked()


def test_no_credentials(ready: Home) -> None:
    run = ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=like_aws(ready) | unset(NO_CREDENTIALS))
    assert_explained(run, "credentials", "Unable to locate credentials", "aws configure")
    assert steps(run) == []


def test_no_region(ready: Home) -> None:
    run = ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=like_aws(ready) | unset(NO_REGION))
    assert_explained(run, "no AWS region", "", "export AWS_REGION=")
    assert steps(run) == []


def test_no_network_for_the_base_image_on_an_aws_stage(ready: Home, tmp_path: Path) -> None:
    """A stage on AWS never helps itself to the stand-in; who names it gets it."""
    path = docker_that_cannot(tmp_path / "bin", "pull", "Error response from daemon: no route to host")
    env = like_aws(ready) | {"PATH": path, "BASE_IMAGE": "python:3.11-buster-absent"}
    run = ready.run("-s", "dev", "-r", "-p", EXAMPLE, env=env)
    assert_explained(run, "cannot pull the base image python:3.11-buster-absent", "no route to host", "BASE_IMAGE=")
    assert "registry" not in steps(run)
    assert "stand-in" not in run.stderr
    ready.run("-s", "dev", "-r", "-p", EXAMPLE, env=like_aws(ready) | {"BASE_IMAGE": STAND_IN}).checked()


def test_a_build_that_fails(ready: Home, folder_copy: Path) -> None:
    dockerfile = folder_copy / "Dockerfile"
    whole = dockerfile.read_text()
    dockerfile.write_text(whole + "RUN echo something is missing here >&2; exit 7\n")
    run = ready.run("-s", "local", "-p", str(folder_copy))
    assert_explained(run, "does not build", "something is missing here", f"mend {dockerfile}")
    dockerfile.write_text(whole)
    ready.run("-s", "local", "-p", str(folder_copy)).checked()


def test_a_wheel_whose_hash_is_wrong(ready: Home, folder_copy: Path) -> None:
    requirements = folder_copy / "requirements.txt"
    whole = requirements.read_text()
    first = whole.index("--hash=sha256:") + len("--hash=sha256:")
    lines = [line for line in whole.splitlines() if "--hash" not in line or "msgspec" in line]
    broken = whole
    for at in range(len(whole)):
        if whole.startswith("--hash=sha256:", at):
            start_of = at + len("--hash=sha256:")
            broken = broken[:start_of] + "0" * 64 + broken[start_of + 64 :]
    assert lines
    assert first
    requirements.write_text(broken)
    run = ready.run("-s", "local", "-p", str(folder_copy))
    assert_explained(run, "cannot fetch the wheels", "HASHES", "hashes")
    requirements.write_text(whole)
    ready.run("-s", "local", "-p", str(folder_copy)).checked()


def test_a_push_that_fails(ready: Home, folder_copy: Path, tmp_path: Path) -> None:
    (folder_copy / "app" / "main.py").open("a").write("\n# to be pushed\n")
    path = docker_that_cannot(tmp_path / "bin", "push", "unexpected HTTP status: 503 Service Unavailable")
    run = ready.run("-s", "local", "-p", str(folder_copy), env={"PATH": path})
    assert_explained(run, "cannot push the image", "503 Service Unavailable", f"-p {folder_copy}")
    assert "pushed" in ready.run("-s", "local", "-p", str(folder_copy)).checked().stderr


@pytest.fixture
def project(ready: Home) -> Iterator[dict[str, str]]:
    """Another model of the same folder: its names are nobody else's, and what they name goes with the test."""
    names = {"PROJECT_LAMBDA": "other-example"}
    yield names
    ready.run("-s", "local", "-m", EXAMPLE, "-x", "-y", env=names).checked()


def test_deploying_what_was_never_pushed(ready: Home, project: dict[str, str]) -> None:
    run = ready.run("-s", "local", "-m", EXAMPLE, "-d", env=project)
    assert_explained(run, "no image of other-example has been pushed for stage local", "", "-r -p")


@pytest.mark.parametrize("flag", ["-t", "-o"])
def test_asking_what_was_never_deployed(ready: Home, project: dict[str, str], flag: str) -> None:
    run = ready.run("-s", "local", "-m", EXAMPLE, flag, env=project)
    assert_explained(run, "other-example is not deployed at stage local", "", "-d")


def test_a_template_that_cannot_be_uploaded(ready: Home, project: dict[str, str]) -> None:
    ready.run("-s", "local", "-r", "-p", EXAMPLE, env=project).checked()
    aws(ready, "s3api", "delete-bucket", "--bucket", "other-example-local-000000000000")
    run = ready.run("-s", "local", "-m", EXAMPLE, "-d", env=project)
    assert_explained(run, "bucket other-example-local-000000000000", "", "pipeline.sh")
    again = ready.run("-s", "local", "-r", "-p", EXAMPLE, "-d", env=project)
    assert_explained(again, "has lost its", "", "-x")
    ready.run("-s", "local", "-m", EXAMPLE, "-x", "-y", env=project).checked()
    assert answers(ready.run("-s", "local", "-r", "-p", EXAMPLE, "-d", env=project).checked().api_url)


def test_a_stack_that_cannot_be_made_is_made_once_its_template_is_mended(
    ready: Home, project: dict[str, str], folder_copy: Path
) -> None:
    """The failure leaves the stack in ROLLBACK_COMPLETE, which CloudFormation never updates."""
    template = folder_copy / "template.yaml"
    whole = template.read_text()
    refused = "Resources:\n  Refused:\n    Type: AWS::SSM::Parameter\n    Properties: {Type: String, Name: refused}\n"
    template.write_text(whole.replace("Resources:\n", refused, 1))
    run = ready.run("-s", "local", "-r", "-p", str(folder_copy), "-d", env=project)
    assert_explained(run, "stack other-example-local-lambda is not deployed", "Refused", str(folder_copy))
    stack = ("cloudformation", "describe-stacks", "--stack-name", "other-example-local-lambda")
    assert json.loads(aws(ready, *stack))["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    template.write_text(whole)
    assert answers(ready.run("-s", "local", "-p", str(folder_copy), "-d", env=project).checked().api_url)
