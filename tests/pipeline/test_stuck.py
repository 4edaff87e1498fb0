"""A stack that is stuck is recognised, explained, and mended by the command that was typed or that is named."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from pipeline.faults import assert_explained, start
from pipeline.stacks import EXTRA, FULL, Stack, empty, fill, until_told
from pipeline.versions import Model, ask
from pipeline_runs import ROOT, Home, Run

READING = ("-o", "-t", "--versions", "--status")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home(tmp_path_factory.mktemp("stuck") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def model(own: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """With two versions, of which the second is live."""
    made = Model.new(own, tmp_path_factory.mktemp("model"), "stuck-example")
    made.deploy().checked()
    made.change()
    made.deploy().checked()
    for name in (made.name, "stuck-other", "stuck-registry"):
        allow_extras(own, f"{name}-local")
    yield made
    made.run("-x", "-y").checked()


def allow_extras(home: Home, caller: str) -> None:
    """What the tests put into a stack is the caller's to take back."""
    kinds = {"logs": f"log-group:{EXTRA}*", "ecr": f"repository/{EXTRA}"}
    statements = [
        {
            "Effect": "Allow",
            "Action": f"{kind}:*",
            "Resource": f"arn:aws:{kind}:us-east-1:000000000000:{resource}",
        }
        for kind, resource in kinds.items()
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    if caller not in [user["UserName"] for user in home.aws("iam", "list-users")["Users"]]:
        home.aws("iam", "create-user", "--user-name", caller)
    home.aws("iam", "put-user-policy", "--user-name", caller, "--policy-name", "extras", "--policy-document", policy)


@pytest.fixture
def stack(model: Model) -> Stack:
    return Stack(model, "lambda")


@pytest.fixture
def gone(stack: Stack) -> Stack:
    """The registry with its images is there, and no stack of the model."""
    if stack.status():
        stack.delete()
    return stack


def assert_well(stack: Stack, run: Run) -> None:
    assert stack.status() in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert ask(run.checked().api_url)[0] == 200


def assert_read(stack: Stack, status: str) -> None:
    """Everything that only reads works, and says the state."""
    assert stack.status() == status
    for option in READING:
        run = stack.model.run(option).checked()
        assert run.stderr.count(f"warning: stack {stack.name} is in {status}: ") == 1, run.stderr
    assert stack.status() == status


def typed(run: Run) -> str:
    """The command that a message names last."""
    return run.stderr.rstrip().rpartition("\n")[2].rpartition(": ")[2]


def type_in(home: Home, command: str) -> Run:
    """On a terminal that knows nothing of the pipeline's environment."""
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-c", command],
        env=env | {"PIPELINE_HOME": str(home.path)},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture(autouse=True)
def nothing_left(own: Home) -> Iterator[None]:
    """What a test has left behind outside the stacks is in nobody's way."""
    yield
    for group in own.aws("logs", "describe-log-groups", "--log-group-name-prefix", EXTRA)["logGroups"]:
        own.aws("logs", "delete-log-group", "--log-group-name", group["logGroupName"])
    for repository in own.aws("ecr", "describe-repositories")["repositories"]:
        if repository["repositoryName"] == EXTRA:
            own.aws("ecr", "delete-repository", "--repository-name", EXTRA, "--force")


# --- an update that failed ------------------------------------------------------------------------


def test_an_update_under_way_is_waited_for(stack: Stack) -> None:
    live = stack.model.live()
    stack.update(FULL + until_told("Full"))
    assert_read(stack, "UPDATE_IN_PROGRESS")
    run = start(stack.home, "-s", "local", "-m", str(stack.model.folder), "-d", "-o")
    assert run.wait_for("          waiting until that has ended")
    stack.tell("FAILURE")
    assert_well(stack, run.finish())
    assert stack.model.live() == live


def test_an_update_left_half_done_is_taken_back(stack: Stack) -> None:
    live = stack.model.live()
    stack.fail_to_update_and_stay()
    assert_read(stack, "UPDATE_FAILED")
    doctor = stack.model.run("--doctor").checked().stdout
    assert re.search(
        rf"^WARNING +model's stack +{stack.name} is in UPDATE_FAILED\n +next: settled by .* -d$", doctor, re.M
    )
    dry = stack.model.run("-d", "-n").checked()
    assert "cloudformation rollback-stack" in dry.stdout
    run = stack.model.run("-d")
    assert "going back to what was before the update" in run.stderr
    assert_well(stack, run)
    assert stack.model.live() == live


@pytest.mark.parametrize("command", [("-d",), ("--rollback",), ("--prune",)], ids=lambda command: command[0])
def test_an_update_that_could_not_be_taken_back_is_taken_back_once_it_can_be(
    stack: Stack, command: tuple[str, ...]
) -> None:
    stack.model.run("-d").checked()
    if len(stack.model.versions()) < 2:
        stack.model.change()
        stack.model.deploy().checked()
    stack.fail_to_update_and_to_roll_back()
    assert_read(stack, "UPDATE_ROLLBACK_FAILED")
    stack.make_group()
    run = stack.model.run(*command).checked()
    assert "is in UPDATE_ROLLBACK_FAILED: an update failed, and so did going back" in run.stderr
    assert "going back to what was before the update" in run.stderr
    assert_well(stack, stack.model.run("-o"))
    if command == ("--rollback",):
        stack.model.run("--rollback").checked()


def test_what_cannot_be_taken_back_is_named_with_the_command_that_leaves_it(stack: Stack) -> None:
    stack.model.run("-d").checked()
    stack.fail_to_update_and_to_roll_back()
    run = stack.model.run("-d")
    what = f"stack {stack.name} cannot go back to what was before its last update"
    assert_explained(run, what, "Extra: ", "--resources-to-skip Extra && bash pipeline.sh -s local")
    assert ask(stack.model.run("-o").checked().api_url)[0] == 200
    assert_well(stack, type_in(stack.home, typed(run)))


# --- never made -----------------------------------------------------------------------------------


def test_a_change_set_that_nobody_executed_is_out_of_the_way(gone: Stack) -> None:
    gone.leave_a_change_set()
    for option in READING:
        assert_explained(gone.model.run(option), "is not deployed", "REVIEW_IN_PROGRESS", "-d")
    run = gone.model.run("-d")
    assert "is in REVIEW_IN_PROGRESS: a change set was made and never executed" in run.stderr
    assert "it is deleted and made anew" in run.stderr
    assert_well(gone, run)


def test_a_stack_that_could_not_be_made_is_made_anew(gone: Stack) -> None:
    gone.fail_to_create()
    assert_explained(gone.model.run("--rollback"), "is not deployed", "ROLLBACK_COMPLETE", "-d")
    run = gone.model.run("-d")
    assert "is in ROLLBACK_COMPLETE" in run.stderr
    assert "it is deleted and made anew" in run.stderr
    assert_well(gone, run)


def test_a_stack_that_could_not_be_made_and_was_left_is_made_anew(gone: Stack) -> None:
    """A group that it has made is one that the model's stack makes too."""
    properties = f"{{LogGroupName: /aws/lambda/{gone.model.name}-local}}"
    gone.fail_to_create_and_stay(f"  Full:\n    Type: AWS::Logs::LogGroup\n    Properties: {properties}\n")
    run = gone.model.run("-d")
    assert "is in CREATE_FAILED" in run.stderr
    assert_well(gone, run)


def test_a_stack_that_could_neither_be_made_nor_taken_back_is_made_anew(gone: Stack) -> None:
    """The local AWS forgets what it could not delete, so that deleting the rest succeeds; the next section has one that
    does not."""
    gone.fail_to_create_and_to_roll_back()
    run = gone.model.run("-d")
    assert "is in ROLLBACK_FAILED" in run.stderr
    assert_well(gone, run)


# --- deletion -------------------------------------------------------------------------------------


def test_a_half_deleted_stack_is_made_anew(stack: Stack) -> None:
    stack.model.run("-d").checked()
    stack.fail_to_delete()
    for option in ("--rollback", "--prune"):
        run = stack.model.run(option)
        assert_explained(run, "is not deployed", "DELETE_FAILED", "-d")
        assert stack.status() == "DELETE_FAILED"
    empty(stack.home)
    run = stack.model.run("-d")
    assert "is in DELETE_FAILED: it is half deleted" in run.stderr
    assert_well(stack, run)


def test_a_half_deleted_stack_whose_live_version_is_there_is_not_replaced_by_itself(stack: Stack) -> None:
    url = stack.model.run("-d").checked().api_url
    stack.be_said_to_be("DELETE_FAILED")
    run = stack.model.run("-d")
    assert_explained(run, "its live version is still there", "callers may still be answered", "delete-stack")
    assert ask(url)[0] == 200
    assert_read(stack, "DELETE_FAILED")
    doctor = stack.model.run("--doctor")
    assert doctor.status == 1
    assert re.search(
        "^PROBLEM +model's stack +.* is half deleted, and its live version is still there$", doctor.stdout, re.M
    )
    assert_explained(stack.model.run("--rollback"), "is not deployed", "DELETE_FAILED", "-d")
    assert_well(stack, type_in(stack.home, typed(run)))


@pytest.mark.parametrize("state", ["leave_a_change_set", "fail_to_create", "fail_to_create_and_stay"])
def test_deleting_takes_a_stack_that_was_never_made(gone: Stack, state: str) -> None:
    """Under another name, so that the model's registry stays."""
    env = {"TEMPLATE_LAMBDA": f"{gone.name}-other", "PROJECT_LAMBDA": "stuck-other"}
    other = Stack(gone.model, "lambda-other")
    getattr(other, state)()
    gone.model.run("-x", "-y", env=env).checked()
    assert other.status() == ""


def test_deleting_what_cannot_be_deleted_says_what_that_is(gone: Stack) -> None:
    env = {"TEMPLATE_LAMBDA": f"{gone.name}-other", "PROJECT_LAMBDA": "stuck-other"}
    other = Stack(gone.model, "lambda-other")
    other.create(FULL)
    other.await_status("CREATE_COMPLETE")
    fill(gone.home)
    run = gone.model.run("-x", "-y", env=env)
    assert_explained(run, f"stack {other.name} is not deleted", "Full: ", "--retain-resources Full")
    empty(gone.home)
    gone.model.run("-x", "-y", env=env).checked()
    assert other.status() == ""


# --- the registry ---------------------------------------------------------------------------------


@pytest.fixture
def registry(model: Model) -> Iterator[Stack]:
    """Of another model of the same folder: nothing has been made for it."""
    made = Stack(Model(model.home, model.folder, "stuck-registry"), "registry")
    yield made
    model.run("-x", "-y", env={"PROJECT_LAMBDA": "stuck-registry"}).checked()


def make(registry: Stack) -> Run:
    run = registry.model.run("-r", env={"PROJECT_LAMBDA": "stuck-registry"})
    if run.status == 0:
        assert registry.status() in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    return run


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("leave_a_change_set", "REVIEW_IN_PROGRESS"),
        ("fail_to_create", "ROLLBACK_COMPLETE"),
        ("fail_to_create_and_stay", "CREATE_FAILED"),
    ],
)
def test_a_registry_that_was_never_made_is_made(registry: Stack, state: str, status: str) -> None:
    getattr(registry, state)()
    run = make(registry).checked()
    assert f"stack {registry.name} is in {status}: " in run.stderr
    assert "it is deleted and made anew" in run.stderr


def test_a_registry_of_which_a_part_was_made_and_left_is_made_anew(registry: Stack) -> None:
    """Its repository, like that of every registry, stays when its stack is deleted."""
    repository = "  Full:\n    Type: AWS::ECR::Repository\n    DeletionPolicy: RetainExceptOnCreate\n"
    registry.fail_to_create_and_stay(repository + "    Properties: {RepositoryName: stuck-registry-local}\n")
    make(registry).checked()


def test_a_registry_whose_update_failed_is_mended(registry: Stack) -> None:
    make(registry).checked()
    registry.fail_to_update_and_stay()
    assert "going back to what was before the update" in make(registry).checked().stderr
    registry.fail_to_update_and_to_roll_back()
    refused = make(registry)
    assert_explained(refused, f"stack {registry.name} cannot go back", "Extra: ", "--resources-to-skip Extra && ")
    registry.make_group()
    assert "going back to what was before the update" in make(registry).checked().stderr


def test_a_registry_half_deleted_with_all_that_was_in_it_is_made_anew(registry: Stack) -> None:
    make(registry).checked()
    registry.home.aws("ecr", "delete-repository", "--repository-name", "stuck-registry-local", "--force")
    registry.home.aws("s3api", "delete-bucket", "--bucket", "stuck-registry-local-000000000000-us-east-1")
    registry.be_said_to_be("DELETE_FAILED")
    assert "is in DELETE_FAILED: it is half deleted" in make(registry).checked().stderr
