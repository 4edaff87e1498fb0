"""Stage local is as strict as AWS: who lacks a permission is refused, by name, whatever he uses it for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from calls import post
from pipeline.faults import assert_explained
from pipeline.versions import REQUEST, Model, ask
from pipeline_runs import Home

NAME = "denied-example"
CALLER = f"{NAME}-local"
WHO = f"arn:aws:iam::000000000000:user/{CALLER}"
BUCKET = f"{CALLER}-000000000000-us-east-1"
# Reads something of S3, when it is asked to.
READ = 'if query.input_X[:1] == [-1]:\n    from serving.storage import s3\n    s3.model("s3://{}", "object", "0" * 64)'


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Home(tmp_path_factory.mktemp("denied") / "home") as home:
        made = Model.new(home, tmp_path_factory.mktemp("model"), NAME)
        made.deploy().checked()
        yield made


@contextmanager
def without(home: Home, pattern: str) -> Iterator[None]:
    """As an administrator who has forgotten a line of caller.yaml would leave it."""
    [(policy, whole)] = [(policy, said) for policy, said in policies(home) if f'"{pattern}"' in json.dumps(said)]
    less = json.loads(json.dumps(whole))
    for statement in less["Statement"]:
        named = statement["Action"]
        # what allows nothing else allows something that nobody asks for
        left = [action for action in ([named] if isinstance(named, str) else named) if action != pattern]
        statement["Action"] = left or ["sts:GetCallerIdentity"]
    rewrite(home, policy, less)
    try:
        yield
    finally:
        rewrite(home, policy, whole)


def policies(home: Home) -> Iterator[tuple[str, Any]]:
    """The caller's, and what each says."""
    for attached in home.aws("iam", "list-attached-user-policies", "--user-name", CALLER)["AttachedPolicies"]:
        policy = attached["PolicyArn"]
        version = home.aws("iam", "get-policy", "--policy-arn", policy)["Policy"]["DefaultVersionId"]
        said = home.aws("iam", "get-policy-version", "--policy-arn", policy, "--version-id", version)
        yield policy, said["PolicyVersion"]["Document"]


def rewrite(home: Home, policy: str, document: Any) -> None:
    where = ("--policy-arn", policy)
    before = home.aws("iam", "get-policy", *where)["Policy"]["DefaultVersionId"]
    said = json.dumps(document)
    home.aws("iam", "create-policy-version", *where, "--policy-document", said, "--set-as-default")
    home.aws("iam", "delete-policy-version", *where, "--version-id", before)


def refusal(action: str, resource: str) -> str:
    return f"User: {WHO} is not authorized to perform: {action} on resource: {resource}"


def test_a_call_of_the_pipelines_that_is_not_allowed_ends_the_run(model: Model) -> None:
    repository = f"arn:aws:ecr:us-east-1:000000000000:repository/{CALLER}"
    with without(model.home, "ecr:DescribeImages"):
        assert_explained(
            model.run("-d"), "aws ecr describe-images failed", refusal("ecr:DescribeImages", repository), "-d"
        )
    model.run("-d").checked()


def test_the_doctor_names_what_is_not_allowed_before_anything_is_made(model: Model) -> None:
    with without(model.home, "lambda:PublishVersion"):
        run = model.run("--doctor")
    assert run.status == 1
    assert re.search("^PROBLEM +permissions +not allowed: lambda:PublishVersion$", run.stdout, re.MULTILINE)
    assert "next: as administrator: aws cloudformation deploy --stack-name denied-example-local-caller" in run.stdout
    with without(model.home, "iam:SimulatePrincipalPolicy"):
        run = model.run("--doctor").checked()
    assert re.search("^WARNING +permissions +could not be simulated: .*AccessDenied", run.stdout, re.MULTILINE)


def test_a_call_of_a_tool_that_is_not_allowed_is_told_without_a_trace(model: Model) -> None:
    with without(model.home, "lambda:List*"):
        run = model.run("--versions")
    assert run.status == 1
    function = f"arn:aws:lambda:us-east-1:000000000000:function:{CALLER}"
    assert refusal("lambda:ListAliases", function) in run.stderr
    assert "Traceback" not in run.stderr


def test_a_push_that_is_not_allowed_is_denied(model: Model) -> None:
    model.change()
    with without(model.home, "ecr:PutImage"):
        run = model.deploy()
        assert run.status == 1
        assert refusal("ecr:PutImage", f"arn:aws:ecr:us-east-1:000000000000:repository/{CALLER}") in run.stderr


def test_what_cloudformation_may_not_do_in_his_name_it_does_not(model: Model) -> None:
    """And the same command does it once it may, although the version of the first time has stayed."""
    live, before = model.live(), model.versions()
    model.change()
    with without(model.home, "lambda:*Alias"):
        run = model.deploy()
    function = f"arn:aws:lambda:us-east-1:000000000000:function:{CALLER}"
    assert_explained(run, "is not deployed", refusal("lambda:UpdateAlias", function), "mend what it says")
    assert (model.live(), len(model.versions())) == (live, len(before) + 1)
    assert ask(model.deploy().checked().api_url)[0] == 200
    assert model.live() != live


def answer(model: Model, url: str) -> str:
    """What the function says in its log about a request for which it reads from S3."""
    status, said = post(url, {"input_X": [-1, *REQUEST["input_X"][1:]]})
    assert status == 500
    group = f"/aws/lambda/{CALLER}"
    events = model.home.aws("logs", "filter-log-events", "--log-group-name", group)["events"]
    return "\n".join(event["message"] for event in events if said["request_id"] in event["message"])


def test_a_function_may_do_what_its_role_says_and_never_more_than_its_boundary(model: Model) -> None:
    for bucket in (BUCKET, "somebody-elses"):
        if bucket != BUCKET:
            model.home.aws("s3api", "create-bucket", "--bucket", bucket)
        model.home.aws("s3api", "put-object", "--bucket", bucket, "--key", "object", "--body", __file__)
    role = model.home.aws("lambda", "get-function-configuration", "--function-name", CALLER)["Role"].rpartition("/")[2]
    everything = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})

    model.change(READ.format(BUCKET))
    url = model.deploy().checked().api_url
    assert "status 403" in answer(model, url)
    model.home.aws(
        *("iam", "put-role-policy", "--role-name", role, "--policy-name", "everything", "--policy-document", everything)
    )
    assert "has the sha256" in answer(model, url)

    model.change(READ.format("somebody-elses"))
    assert "status 403" in answer(model, model.deploy().checked().api_url)


def test_whoever_looks_for_a_fault_can_turn_it_off(own_home: Home) -> None:
    own_home.run("-s", "local", "-r", "-m", "xgboost-example", env={"LOCAL_POLICIES": "off"}).checked()
    assert own_home.aws("iam", "list-users")["Users"] == []
    assert own_home.aws("ecr", "describe-repositories")["repositories"]
