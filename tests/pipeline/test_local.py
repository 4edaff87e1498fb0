"""Stage local: nothing leaves the machine, nothing is done twice, nothing is left behind."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from calls import DOCUMENTED_REQUEST, get, post
from pipeline_runs import ROOT, Home, copy_of
from processes import runs

BARE_MACHINE = ["bash", "cat", "cmp", "date", "df", "dirname", "env", "flock", "grep", "head", "mktemp", "mv"]
BARE_MACHINE += ["python3", "rm", "sed", "sort", "tail", "tar", "tr", "uname"]
MAIN_JOB = ("-s", "local", "-r", "-p", "xgboost-example", "-d")


def labelled_containers(home: Home) -> list[str]:
    command = ["docker", "ps", "--all", "--quiet", "--filter", f"label=ministack.instance={instance(home)}"]
    return subprocess.check_output(command, text=True).split()


def instance(home: Home) -> str:
    name = subprocess.check_output(
        ["python", str(ROOT / "tools"), "local_aws.process", "name"], env=home.environment(), text=True
    )
    return f"{name.strip()}:{home.port}"


def outward_address() -> str:
    """This machine's address as others see it. Nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


def test_the_documented_request_has_the_documented_answer(deployed: str) -> None:
    status, answer = post(deployed, {"input_X": DOCUMENTED_REQUEST})
    assert status == 200
    assert answer["message"] == "Succesful Prediction"
    assert 14.7 <= answer["prediction"] < 14.8


def test_the_deployed_model_describes_itself(deployed: str) -> None:
    assert get(deployed, "/health")[1]["name"] == "xgboost-example"
    assert get(deployed, "/openapi.json")[1]["openapi"].startswith("3.1")
    status, page = get(deployed, "/")
    assert status == 200
    assert "<form" in page


def test_nothing_changed_means_nothing_done_and_quickly(home: Home, deployed: str) -> None:
    began = time.monotonic()
    run = home.run(*MAIN_JOB).checked()
    took = time.monotonic() - began
    steps = re.findall(r"^(registry|image|deploy) .*\n +(\S+)", run.stderr, re.MULTILINE)
    assert steps == [("registry", "unchanged"), ("image", "unchanged"), ("deploy", "unchanged")]
    assert len(run.stderr.splitlines()) == 7, "a second run says nothing of what it finds in place"
    assert took < 10


def test_a_changed_handler_pushes_less_than_100_kilobytes(home: Home, deployed: str, tmp_path: Path) -> None:
    folder = copy_of(ROOT / "xgboost-example", tmp_path / "xgboost-example")
    handler = folder / "app" / "main.py"
    handler.write_text(handler.read_text() + f"\n# changed at {time.time()}\n")
    run = home.run("-s", "local", "-p", str(folder)).checked()
    pushed = re.search(r"pushed (\d+) kB: sha256:[0-9a-f]{12} ", run.stderr)
    assert pushed
    assert 0 < int(pushed[1]) < 100


def test_a_dry_run_prints_the_commands_and_changes_nothing(tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home:
        before = sorted(tmp_path.rglob("*"))
        run = home.run("-n", *MAIN_JOB).checked()
        assert sorted(tmp_path.rglob("*")) == before
    for command in ("aws cloudformation deploy", "docker build", "docker --config", "sam deploy"):
        assert command in run.stdout
    assert "API_URL" not in run.stdout
    assert run.stderr.splitlines()[-1].strip() == "dry run: nothing was changed"


def test_a_dry_run_on_a_bare_machine_says_what_it_would_install(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in BARE_MACHINE:
        found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    (tmp_path / "bin" / "apt-get").symlink_to("/bin/true")
    bare = {"PATH": str(tmp_path / "bin"), "PIPELINE_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    command = ["bash", str(ROOT / "pipeline.sh"), "-n", *MAIN_JOB]
    run = subprocess.run(command, env=bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "command not found" not in run.stderr
    assert not (tmp_path / "home").exists()
    for planned in (
        "environment/install.sh",
        "docker.io",
        "dockerd",
        "local_aws.process start",
        "docker build",
        "sam deploy",
    ):
        assert planned in run.stdout


def test_a_dry_run_on_something_that_stands_says_unchanged(home: Home, deployed: str) -> None:
    run = home.run("-n", *MAIN_JOB).checked()
    assert run.stdout == ""
    assert run.stderr.count("unchanged") == 3


def test_only_this_machine_and_its_containers_reach_it(home: Home, deployed: str) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex((outward_address(), home.port)) != 0


def test_its_containers_do_reach_it(home: Home, deployed: str) -> None:
    url = f"http://host.docker.internal:{home.port}/_ministack/ready"
    program = f"import urllib.request; print(urllib.request.urlopen({url!r}, timeout=10).status)"
    command = ["docker", "run", "--rm", "--add-host", "host.docker.internal:host-gateway"]
    command += ["pipeline/stand-in:python3.11-bookworm", "python3", "-c", program]
    assert subprocess.check_output(command, text=True).strip() == "200"


def test_a_restart_loses_nothing_and_down_leaves_nothing(own_home: Home) -> None:
    url = own_home.run(*MAIN_JOB).checked().api_url
    assert post(url, {"input_X": DOCUMENTED_REQUEST})[0] == 200
    assert labelled_containers(own_home)
    port, pid = own_home.port, own_home.pid

    own_home.run("-s", "local", "--down").checked()
    assert not labelled_containers(own_home)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not runs(pid)

    again = own_home.run(*MAIN_JOB).checked()
    assert again.stderr.count("unchanged") == 3
    assert again.api_url == url
    assert post(url, {"input_X": DOCUMENTED_REQUEST})[0] == 200


def test_down_twice_is_no_failure(own_home: Home) -> None:
    own_home.run("-s", "local", "--down").checked()
    own_home.run("-s", "local", "--down").checked()


def owned(home: Home) -> list[str]:
    """The buckets and the repositories that there are. Other tests have theirs here too."""
    buckets = home.aws("s3api", "list-buckets", "--query", "Buckets[].Name")
    return sorted([*buckets, *home.aws("ecr", "describe-repositories", "--query", "repositories[].repositoryName")])


def test_remove_deletes_this_model_and_no_other(home: Home, deployed: str, tmp_path: Path) -> None:
    other = copy_of(ROOT / "xgboost-example", tmp_path / "other-example")
    before = owned(home)
    url = home.run("-s", "local", "-r", "-p", str(other), "-d").checked().api_url
    assert post(url, {"input_X": DOCUMENTED_REQUEST})[0] == 200
    assert owned(home) == sorted([*before, "other-example-local-000000000000-us-east-1", "other-example-local"])

    home.run("-s", "local", "-m", str(other), "-x", "-y").checked()

    assert home.run("-s", "local", "-m", str(other), "-o").status == 1
    assert post(deployed, {"input_X": DOCUMENTED_REQUEST})[0] == 200
    assert owned(home) == before
    home.run("-s", "local", "-m", str(other), "-x", "-y").checked()


def test_names_that_the_caller_exports_win(home: Home, deployed: str) -> None:
    names = {"TEMPLATE_REGISTRY": "my-registry", "TEMPLATE_LAMBDA": "my-stack", "PREFIX_LAMBDA": "my/prefix"}
    run = home.run("-n", *MAIN_JOB, env=names).checked()
    assert "--stack-name my-registry" in run.stdout
    assert "--stack-name my-stack" in run.stdout
    assert "--s3-prefix my/prefix" in run.stdout


def test_no_secret_and_no_file_of_a_run_is_left(home: Home, deployed: str) -> None:
    assert list((home.path / "run").iterdir()) == []


def test_python_keeps_what_it_compiles_in_the_home_even_if_told_to_keep_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (home.path / "bytecode").unlink()
    home.run("-s", "local", "-m", "xgboost-example", "--cost", env={"PYTHONDONTWRITEBYTECODE": "1"}).checked()
    assert list((home.path / "bytecode").rglob("month.*.pyc"))
