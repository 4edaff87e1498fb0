"""The stages on AWS, as near as they can be run without it: stage dev against the local AWS, where only the
endpoint, the registry host and the credentials differ, and the base image, which no hub is asked for.
The calls that it makes are held against caller.yaml."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls import DOCUMENTED_REQUEST, post
from permissions import CALLER, allowed, needed_by_stacks, permits
from pipeline.faults import assert_explained
from pipeline_runs import ROOT, Home, Run, copy_of
from recorder import Recorder

FOLDER = ROOT / "xgboost-example"

# What is needed for a reason that neither a recorded call nor a schema shows.
ALSO_NEEDED = {
    "ecr:GetRepositoryPolicy": "Lambda lets itself into the repository in the caller's name",
    "ecr:SetRepositoryPolicy": "the same",
    "ecr:BatchGetImage": "Lambda checks that the caller may read the image",
    "ecr:GetDownloadUrlForLayer": "the same",
    "ecr:UploadLayerPart": "a large layer goes in parts",
    "cloudformation:TagResource": "stacks carry tags",
    "cloudformation:UntagResource": "the same, when one goes",
    "cloudformation:DeleteChangeSet": "sam removes a change set that is empty",
    "cloudformation:DescribeEvents": "the reasons of what is refused before it begins, see test_failures",
    "cloudformation:DescribeStackEvents": "the reasons of a failed deployment",
    "cloudformation:GetTemplate": "the same command after a killed run",
    "cloudformation:ContinueUpdateRollback": "a stack that is stuck, see test_stuck",
    "cloudformation:RollbackStack": "the same",
    "ecr:BatchDeleteImage": "--prune, where an image is older than those that run",
    "lambda:GetAccountSettings": "CONCURRENCY_LAMBDA, see test_a_new_account_is_told_that_it_can_reserve_none",
    "iam:AttachRolePolicy": "an update that fails goes back to a role of SAM's, which had a policy attached",
    "execute-api:Invoke": "-t where AUTH_LAMBDA=iam, see test_access",
    "s3:DeleteObject": "emptying a bucket before it goes",
}


def surroundings(port: int, stage: str = "dev", project: str = FOLDER.name) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "REGISTRY_HOST": f"localhost:{port}",
        # who may do what caller.yaml says, as at stage local
        "AWS_ACCESS_KEY_ID": f"pipeline-{project}-{stage}",
        "AWS_SECRET_ACCESS_KEY": "pipeline",
        "AWS_REGION": "eu-central-1",
        "BASE_IMAGE": "pipeline/stand-in:python3.11-bookworm",
        # seconds between two looks of sam's; behind these stages is an AWS without limits
        "SAM_CLI_POLL_DELAY": "0.1",
    }


def dev(home: Home, port: int, *arguments: str) -> Run:
    return home.run("-s", "dev", *arguments, env=surroundings(port))


@pytest.fixture(scope="module")
def recorded(home: Home, deployed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """A life at stage dev, from nothing to nothing, and the actions it took."""
    with Recorder(home.port) as recorder:
        run = dev(home, recorder.port, "-r", "-p", str(FOLDER), "-d").checked()
        status, answer = post(run.api_url, {"input_X": DOCUMENTED_REQUEST})
        assert (status, answer["message"]) == (200, "Succesful Prediction")
        assert dev(home, recorder.port, "-r", "-p", str(FOLDER), "-d").checked().stderr.count("unchanged") == 3
        dev(home, recorder.port, "-m", str(FOLDER), "-t", "-o").checked()
        dev(home, recorder.port, "-m", str(FOLDER), "--doctor").checked()
        changed = copy_of(FOLDER, tmp_path_factory.mktemp("changed") / FOLDER.name)
        with (changed / "app" / "main.py").open("a") as handler:
            handler.write("\n# another image\n")
        dev(home, recorder.port, "-p", str(changed), "-d", "-y", "--canary", "90", "--for", "0.2")
        dev(home, recorder.port, "-m", str(changed), "-d").checked()
        dev(home, recorder.port, "-m", str(FOLDER), "--versions", "--status", "--logs", "--rollback").checked()
        home.run(
            "-s", "stage", "-r", "-m", str(FOLDER), "--promote", "dev", env=surroundings(recorder.port, "stage")
        ).checked()
        home.run("-s", "stage", "-m", str(FOLDER), "-x", "-y", env=surroundings(recorder.port, "stage")).checked()
        dev(home, recorder.port, "-m", str(FOLDER), "--rollback", "--prune", "1").checked()
        dev(home, recorder.port, "-m", str(FOLDER), "-x", "-y").checked()
        assert recorder.unknown == []
        yield recorder.actions


def test_stage_dev_takes_the_same_steps_with_nothing_but_the_surroundings_changed(recorded: set[str]) -> None:
    assert "cloudformation:ExecuteChangeSet" in recorded
    assert "ecr:PutImage" in recorded


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "000000000000.dkr.ecr.eu-central-1.amazonaws.com"),
        ("cn-north-1", "000000000000.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_registry_is_the_accounts_own_unless_another_is_named(
    home: Home, deployed: str, region: str, host: str
) -> None:
    environment = surroundings(home.port) | {"AWS_REGION": region}
    del environment["REGISTRY_HOST"]
    planned = home.run("-n", "-s", "dev", "-r", "-p", str(FOLDER), "-d", env=environment).checked().stdout
    assert f"login --username AWS --password-stdin {host}\n" in planned
    assert f"push {host}/xgboost-example-dev:" in planned
    assert f"ImageUri={host}/xgboost-example-dev@sha256:" in planned


def test_the_callers_policy_allows_every_call_that_was_made(recorded: set[str]) -> None:
    needed = recorded - {"sts:GetCallerIdentity"}  # which nobody needs a permission for
    assert {name for name in needed if not permits(allowed(*CALLER), name)} == set()


def test_the_callers_policy_allows_what_cloudformation_does_in_the_callers_name() -> None:
    assert {name for name in needed_by_stacks() if not permits(allowed(*CALLER), name)} == set()


def test_cloudformation_asks_for_tags_what_no_handler_names() -> None:
    assert {"apigateway:UntagResource", "iam:ListRoleTags", "lambda:ListTags"} <= needed_by_stacks()


def test_the_callers_policy_allows_nothing_else(recorded: set[str]) -> None:
    needed = recorded | needed_by_stacks() | set(ALSO_NEEDED)
    idle = {pattern for pattern in allowed(*CALLER) if not any(permits({pattern}, name) for name in needed)}
    assert idle == set()


def test_a_new_account_is_told_that_it_can_reserve_none(home: Home, deployed: str) -> None:
    of_ten = {"lambda:GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 10}}}
    with Recorder(home.port, instead=of_ten) as recorder:
        run = home.run(
            "-s", "dev", "-m", str(FOLDER), "-d", env=surroundings(recorder.port) | {"CONCURRENCY_LAMBDA": "2"}
        )
    assert_explained(
        run, "CONCURRENCY_LAMBDA=2 cannot be reserved", "takes 10 requests at once", "set CONCURRENCY_LAMBDA=0"
    )
    assert "cloudformation:CreateChangeSet" not in recorder.actions


def test_who_deploys_before_the_administrator_is_told(home: Home, deployed: str) -> None:
    """With rights to everything, and no boundary yet."""
    where = surroundings(home.port) | {"AWS_ACCESS_KEY_ID": "test", "AWS_REGION": "eu-north-1"}
    run = home.run("-s", "dev", "-m", str(FOLDER), "-d", env=where)
    name = f"{FOLDER.name}-dev-eu-north-1-boundary"
    assert_explained(run, f"there is no policy {name}", "an administrator makes it once", "--template-file caller.yaml")
