"""What goes wrong is said once and clearly, loses nothing, and the run after it succeeds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls import post
from pipeline.faults import (
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
)
from pipeline_runs import ROOT, Home, Run

EXAMPLE = "xgboost-example"
REQUEST = {"input_X": [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose AWS runs and holds the registry of the example."""
    with Home(tmp_path_factory.mktemp("failures")) as home:
        home.run("-s", "local", "-m", EXAMPLE, "-r").checked()
        yield home


@pytest.fixture(autouse=True)
def nothing_of_the_callers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have an AWS account; they have nothing to do with it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def like_aws(home: Home) -> dict[str, str]:
    """What a stage on AWS finds, with MiniStack behind it: endpoint, registry and credentials, nothing else."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{home.port}",
        "REGISTRY_HOST": f"localhost:{home.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def without(env: dict[str, str], part: str) -> dict[str, str]:
    return {name: value for name, value in env.items() if part not in name}


def answers(url: str) -> bool:
    status, answer = post(url, REQUEST)
    return status == 200 and 14.7 <= answer["prediction"] < 14.8


def test_tools_that_cannot_be_installed(tmp_path: Path) -> None:
    env = os.environ | {"PIPELINE_HOME": str(tmp_path / "home"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    command = ["bash", str(ROOT / "pipeline.sh"), "-s", "local", "-m", EXAMPLE, "-r"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    run = Run(done.returncode, done.stdout, done.stderr)
    assert_explained(
        run, "cannot install the Python tools", "No matching distribution", "check the network, and the room: "
    )


def test_without_an_engine_and_without_leave_to_install_one(own_home: Home, tmp_path: Path) -> None:
    path = path_without(tmp_path / "bin", "docker", "dockerd", "podman")
    run = own_home.run("-s", "local", "-m", EXAMPLE, "-r", env={"PATH": path, "PIPELINE_INSTALL": "never"})
    assert_explained(run, "no container engine answers", "there is no docker command", "install Docker")
    assert steps(run) == []
    own_home.run("-s", "local", "-m", EXAMPLE, "-r").checked()


def test_without_leave_to_install_what_makes_a_stand_in(ready: Home, tmp_path: Path) -> None:
    path = path_without(tmp_path / "bin", "mmdebstrap")
    env = {"PATH": path, "PIPELINE_INSTALL": "never", "BASE_IMAGE": "localhost:1/none", "PIPELINE_STAND_IN": "no:one"}
    run = ready.run("-s", "local", "-p", EXAMPLE, env=env)
    assert_explained(run, "cannot pull the base image localhost:1/none", "PIPELINE_INSTALL=never", "BASE_IMAGE=")
    assert steps(run) == ["base"]


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
    (home / "venv" / "made-from").write_bytes((ROOT / "tools" / "environment" / "requirements.txt").read_bytes())
    subprocess.run(["chown", "-R", "nobody", str(home)], check=True)
    command = ["setpriv", "--reuid", "nobody", "--clear-groups", "bash", str(ROOT / "pipeline.sh")]
    done = subprocess.run(
        [*command, "-s", "local", "-m", EXAMPLE, "-r"],
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PIPELINE_HOME": str(home), "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    run = Run(done.returncode, done.stdout, done.stderr)
    assert_explained(run, "no container engine answers", "permission denied", "usermod -aG docker nobody")


def test_credentials_that_have_expired(ready: Home) -> None:
    with aws_that_refuses("ExpiredToken", "The security token included in the request is expired") as endpoint:
        run = ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=like_aws(ready) | {"AWS_ENDPOINT_URL": endpoint})
    assert_explained(run, "AWS does not accept the credentials", "is expired", "aws sso login")
    assert steps(run) == []
    ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=like_aws(ready)).checked()


def test_no_credentials(ready: Home) -> None:
    run = ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=without(like_aws(ready), "ACCESS_KEY"))
    assert_explained(run, "credentials", "Unable to locate credentials", "aws configure")
    assert steps(run) == []


def test_no_region(ready: Home) -> None:
    run = ready.run("-s", "dev", "-m", EXAMPLE, "-r", env=without(like_aws(ready), "REGION"))
    assert_explained(run, "no AWS region", "", "export AWS_REGION=")
    assert steps(run) == []


def test_no_network_for_the_base_image_on_an_aws_stage(ready: Home, tmp_path: Path) -> None:
    """A stage on AWS never helps itself to the stand-in; who names it gets it."""
    # This makes the stand-in where there is none yet.
    ready.run("-s", "local", "-p", EXAMPLE).checked()
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
    stopped = subprocess.check_output(["docker", "ps", "--all", "--filter", "status=exited", "--no-trunc"], text=True)
    assert "something is missing here" not in stopped
    dockerfile.write_text(whole)
    ready.run("-s", "local", "-p", str(folder_copy)).checked()


def test_a_wheel_whose_hash_is_wrong(ready: Home, folder_copy: Path) -> None:
    requirements = folder_copy / "requirements.txt"
    whole = requirements.read_text()
    requirements.write_text(re.sub(r"--hash=sha256:[0-9a-f]{64}", "--hash=sha256:" + "0" * 64, whole))
    run = ready.run("-s", "local", "-p", str(folder_copy))
    assert_explained(run, "cannot fetch the wheels", "DO NOT MATCH THE HASHES", "hashes")
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
    ready.aws("s3api", "delete-bucket", "--bucket", "other-example-local-000000000000-us-east-1")
    run = ready.run("-s", "local", "-m", EXAMPLE, "-d", env=project)
    assert_explained(run, "bucket other-example-local-000000000000-us-east-1", "", "pipeline.sh")
    again = ready.run("-s", "local", "-r", "-p", EXAMPLE, "-d", env=project)
    assert_explained(again, "has lost its", "", "-x")
    ready.run("-s", "local", "-m", EXAMPLE, "-x", "-y", env=project).checked()
    assert answers(ready.run("-s", "local", "-r", "-p", EXAMPLE, "-d", env=project).checked().api_url)


def test_a_stack_that_cannot_be_made_is_made_once_its_template_is_mended(
    ready: Home, project: dict[str, str], folder_copy: Path
) -> None:
    """The failure leaves the stack in ROLLBACK_COMPLETE, which CloudFormation never updates."""
    template = folder_copy / "template.yaml"
    taken = f"{EXAMPLE}-local-000000000000-us-east-1"
    template.write_text(f"Resources:\n  Refused:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: {taken}}}\n")
    why = f"Refused: Resource of type 'AWS::S3::Bucket' with identifier '{taken}' already exists"
    run = ready.run("-s", "local", "-r", "-p", str(folder_copy), "-d", env=project)
    assert_explained(run, "stack other-example-local-lambda is not deployed", why, str(folder_copy))
    stack = ("cloudformation", "describe-stacks", "--stack-name", "other-example-local-lambda")
    assert ready.aws(*stack)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    template.unlink()
    assert answers(ready.run("-s", "local", "-p", str(folder_copy), "-d", env=project).checked().api_url)


def test_a_model_that_answers_otherwise_than_expected(home: Home, deployed: str, tmp_path: Path) -> None:
    """Than the events say that its version passed, which the bucket keeps."""
    kept = tmp_path / "kept.json"
    told = dict(line.split("=", 1) for line in home.run("-s", "local", "-m", EXAMPLE, "-o").stdout.splitlines())
    where = ["--bucket", "xgboost-example-local-000000000000-us-east-1", "--key", f"events/{told['LIVE_VERSION']}.json"]
    home.aws("s3api", "get-object", *where, str(kept))
    passed = kept.read_text()
    kept.write_text(passed.replace("14.7", "15.7"))
    home.aws("s3api", "put-object", *where, "--body", str(kept))
    run = home.run("-s", "local", "-m", EXAMPLE, "-t")
    kept.write_text(passed)
    home.aws("s3api", "put-object", *where, "--body", str(kept))
    assert_explained(run, "does not answer as expected", "", "-t")
    assert "14.7" in run.stderr


def test_a_second_run_for_the_same_model_and_stage_waits_for_the_first(
    ready: Home, project: dict[str, str], folder_copy: Path
) -> None:
    command = ("-s", "local", "-r", "-p", str(folder_copy), "-d")
    first = start(ready, *command, env=project)
    assert first.wait_for("registry ")
    second = start(ready, *command, env=project)
    assert second.wait_for("warning: waiting for another run")
    assert first.process.poll() is None
    assert f"process {first.process.pid} " in "".join(second.lines)
    url = first.finish().checked().api_url
    after = second.finish().checked()
    assert after.api_url == url
    assert after.stderr.count("unchanged") == 3
    assert answers(url)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_so_in_a_line(
    ready: Home, folder_copy: Path, number: signal.Signals, status: int
) -> None:
    (folder_copy / "app" / "main.py").open("a").write(f"\n# {folder_copy}\n")
    run = start(ready, "-s", "local", "-p", str(folder_copy))
    assert run.wait_for("          built")
    run.signal(number)
    stopped = run.finish()
    assert stopped.status == status, stopped.stderr
    said = [line for line in stopped.stderr.split("built", 1)[1].splitlines()[1:] if line]
    assert said == ["interrupted: the same command again picks up from here"]
    assert stopped.stdout == ""
    assert list((ready.path / "run").iterdir()) == []
    assert "pushed" in ready.run("-s", "local", "-p", str(folder_copy)).checked().stderr


def test_a_full_disk_under_the_cache(ready: Home, folder_copy: Path) -> None:
    """The small disk hides what was fetched before."""
    (folder_copy / "app" / "main.py").open("a").write(f"\n# {folder_copy}\n")
    with small_disk(ready.path / "cache", "512k"):
        run = ready.run("-s", "local", "-p", str(folder_copy))
        assert_explained(run, "cannot fetch the wheels", "No space left on device", "the room")
        assert "MB free at" in run.stderr
    ready.run("-s", "local", "-p", str(folder_copy)).checked()


def test_a_disk_that_fills_up_in_the_middle(ready: Home, folder_copy: Path) -> None:
    """There is room for the run's own files, and none for what the image is built from."""
    (folder_copy / "app" / "large.bin").write_bytes(os.urandom(2_000_000))
    with small_disk(ready.path / "run", "1m"):
        run = ready.run("-s", "local", "-p", str(folder_copy))
        assert_explained(run, "the disk is full", "tmpfs", "make room, then")
    assert "No space left on device" in run.stderr
    ready.run("-s", "local", "-p", str(folder_copy)).checked()


def test_deleting_asks_and_refuses_where_nobody_can_answer(ready: Home) -> None:
    run = ready.run("-s", "local", "-m", EXAMPLE, "-x")
    assert_explained(run, "nobody is there to answer", following="pipeline.sh", status=2)
    assert "add -y" in run.stderr
    ready.run("-s", "local", "-m", EXAMPLE, "-r").checked()


def test_deleting_what_is_half_deleted(ready: Home, project: dict[str, str]) -> None:
    """The model's stack and the repository are gone, the bucket and the registry's stack are not."""
    ready.run("-s", "local", "-m", EXAMPLE, "-r", env=project).checked()
    ready.aws("ecr", "delete-repository", "--repository-name", "other-example-local", "--force")
    run = ready.run("-s", "local", "-m", EXAMPLE, "-x", "-y", env=project).checked()
    assert run.stderr.count("not there") == 2
    again = ready.run("-s", "local", "-m", EXAMPLE, "-x", "-y", env=project).checked()
    assert again.stderr.count("not there") == 4
    buckets = ready.aws("s3api", "list-buckets")["Buckets"]
    assert [bucket for bucket in buckets if "other-example" in bucket["Name"]] == []


def test_a_taken_port_and_a_local_aws_killed_hard(own_home: Home) -> None:
    """First the usual port is somebody else's, then the port that was used instead, then MiniStack dies."""
    command = ("-s", "local", "-r", "-p", EXAMPLE, "-d")
    with listener(4566):
        url = own_home.run(*command).checked().api_url
        assert ":4566/" not in url
        assert answers(url)

    os.kill(own_home.pid, signal.SIGKILL)
    again = own_home.run(*command).checked().api_url
    assert answers(again)

    own_home.run("-s", "local", "--down").checked()
    with listener(own_home.port):
        moved = own_home.run(*command).checked().api_url
        assert moved.split(":")[2] != again.split(":")[2]
        assert answers(moved)
        own_home.run("-s", "local", "-m", EXAMPLE, "-t").checked()


def test_a_full_disk_under_everything(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home", "1m"):
        (tmp_path / "home" / "fill").write_bytes(bytes(900_000))
        command = ["bash", str(ROOT / "pipeline.sh"), "-s", "local", "-m", EXAMPLE, "-r"]
        env = os.environ | {"PIPELINE_HOME": str(tmp_path / "home")}
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    run = Run(done.returncode, done.stdout, done.stderr)
    assert_explained(run, "cannot write to", "No space left on device", "PIPELINE_HOME=")
    assert steps(run) == []
