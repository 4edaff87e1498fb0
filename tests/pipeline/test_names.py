"""What a model may be called: what is refused is refused at once, and what is accepted is a name that every service
takes, at every stage. The services' own patterns are those of their documentation."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from pipeline.faults import assert_explained, steps
from pipeline_runs import ROOT, Home
from tools.stacks import template

STAGES = ("local", "dev", "stage", "prod")
ACCOUNT = "111122223333"
LONGEST_REGION = "ap-northeast-1"
LONGEST_NAME = "a" * 24
# What CloudFormation appends to a name that it makes: twelve or thirteen letters and digits.
UNIQUE = "X" * 13
# of a stage that has none yet
FIRST_BUCKET = 'aws::find() { :; }; source "$1/lib/aws/s3.sh"; s3::bucket_of "$2" "$3" "$4"'

ACCEPTED = [
    "xy", "x2", "a-b", "a1-b2-c3", "xgboost-example", "tensorflow-example", "document-example", "dev", "local-model",
    "development", "x-devel", "x-staged", "product", LONGEST_NAME, "a-" * 11 + "ab",
]  # fmt: skip

REFUSED = {
    "": "a letter first",
    "a--b": "single hyphens",
    "a-": "single hyphens",
    "-a": "a letter first",
    "x": "2 to 24",
    "1a": "a letter first",
    "7": "a letter first",
    "Model": "lower case",
    "aB": "lower case",
    "a_b": "lower case letters, digits",
    "a.b": "lower case letters, digits",
    "a b": "lower case letters, digits",
    " a": "lower case letters, digits",
    "a\n": "lower case letters, digits",
    "a'b": "lower case letters, digits",
    'a"b': "lower case letters, digits",
    "a$b": "lower case letters, digits",
    "a/b": "lower case letters, digits",
    "modèle": "lower case letters, digits",
    "модель": "lower case letters, digits",
    "a" * 25: "IAM would shorten",
    "a" * 41: "IAM would shorten",
    "a" * 42: "IAM would shorten",
    "x-dev": "must not hold",
    "x-local": "must not hold",
    "x-stage": "must not hold",
    "x-prod": "must not hold",
    "x-dev-y": "must not hold",
    "xn--a": "single hyphens",
    "sthree": "Amazon keeps",
    "sthree-a": "Amazon keeps",
    "amzn-s3-demo-a": "Amazon keeps",
}


def complaint(name: str, **env: str) -> str:
    script = 'source "$1/lib/steps/names.sh"; names::complaint "$2"'
    return subprocess.check_output(["bash", "-c", script, "bash", str(ROOT), name], text=True, env=env or None)


def roles(path: str) -> list[str]:
    """The names that a template has for its roles, SAM's own included."""
    resources: dict[str, Any] = template.read(ROOT / path).get("Resources", {})
    kinds = {name: resource.get("Type", "") for name, resource in resources.items()}
    made = [f"{name}Role" for name, kind in kinds.items() if kind == "AWS::Serverless::Function"]
    named = [name for name, kind in kinds.items() if kind == "AWS::IAM::Role"]
    return made + [name for name in named if "RoleName" not in resources[name].get("Properties", {})]


def model_roles() -> list[str]:
    return roles("stack.yaml") + [role for path in ROOT.glob("*/template.yaml") for role in roles(str(path))]


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_name_that_is_accepted_is_one_that_every_service_takes(name: str) -> None:
    assert complaint(name) == ""
    for stage in STAGES:
        ours = f"{name}-{stage}"
        assert re.fullmatch(r"[a-z0-9]+([._-][a-z0-9]+)*", ours), "ECR"
        assert 2 <= len(ours) <= 256, "ECR"
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", f"{ours}-{ACCOUNT}-{LONGEST_REGION}"), "S3"
        assert not ours.startswith(("xn--", "sthree-", "amzn-s3-demo-")), "S3"
        assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", ours), "Lambda"
        assert re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", f"{ours}-lambda"), "CloudFormation"
        assert re.fullmatch(r"(?!-)[a-zA-Z0-9-]{4,40}(?<!-)", ours), "Elastic Beanstalk"
        for role in model_roles():
            assert len(f"{ours}-lambda-{role}-{UNIQUE}") <= 64, "IAM"


def test_the_longest_bucket_has_room_for_account_and_region() -> None:
    assert complaint(f"{LONGEST_NAME}a")
    stage = max(STAGES, key=len)
    bucket = subprocess.check_output(
        ["bash", "-c", FIRST_BUCKET, "bash", str(ROOT), f"{LONGEST_NAME}-{stage}", ACCOUNT, LONGEST_REGION], text=True
    )
    assert bucket == f"{LONGEST_NAME}-{stage}-{ACCOUNT}-{LONGEST_REGION}"
    assert len(bucket) <= 63


@pytest.mark.parametrize(("name", "why"), REFUSED.items())
def test_a_name_that_is_refused_is_told_the_rule(name: str, why: str) -> None:
    assert why in complaint(name)


def test_the_rule_means_the_same_in_every_language_of_the_terminal() -> None:
    for language in ("C", "C.UTF-8", "en_US.UTF-8"):
        assert "lower case" in complaint("Modèle", LC_ALL=language, PATH="/usr/bin:/bin")


def test_no_accepted_name_is_within_the_rights_of_another() -> None:
    """PROJECT-STAGE-* is what a caller of one project may touch."""
    mine = [f"{name}-{stage}-" for name in ACCEPTED for stage in STAGES]
    theirs = {name: [f"{name}-{stage}" for stage in STAGES] for name in ACCEPTED}
    for prefix in mine:
        reached = {name for name, names in theirs.items() for one in names if f"{one}-".startswith(prefix)}
        assert len(reached) == 1, f"{prefix}* reaches {reached}"


def test_the_longest_stack_of_servers_leaves_room_for_the_names_of_its_roles() -> None:
    script = 'source "$1/lib/steps/names.sh"; printf %s "$NAMES_LONGEST_SERVER_STACK"'
    longest = int(subprocess.check_output(["bash", "-c", script, "bash", str(ROOT)], text=True))
    lengths = [len(f"-{role}-{UNIQUE}") for role in roles("deploy/elastic-beanstalk.yaml")]
    assert longest + max(lengths) == 64


@pytest.mark.parametrize("name", ["xy", "a" * 24])
def test_the_shortest_and_the_longest_name_work(home: Home, name: str) -> None:
    env = {"PROJECT_LAMBDA": name}
    home.run("-s", "local", "-m", "xgboost-example", "-r", env=env).checked()
    home.run("-s", "local", "-m", "xgboost-example", "-x", "-y", env=env).checked()


def test_a_refused_name_is_refused_before_anything_is_done(home: Home) -> None:
    run = home.run("-s", "local", "-r", "-p", "xgboost-example", "-d", env={"PROJECT_LAMBDA": "x-dev"})
    assert_explained(run, "a model cannot be called x-dev", 'must not hold "-dev"', "export another")
    assert steps(run) == []


@pytest.mark.parametrize("name", ["a" * 41, "x-dev"])
def test_what_is_deployed_under_a_name_of_before_can_still_be_deleted(home: Home, name: str) -> None:
    """At a stage on AWS, where whoever deployed it has the rights from then."""
    env = {
        "PROJECT_LAMBDA": name,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{home.port}",
        "REGISTRY_HOST": f"localhost:{home.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    deleted = home.run("-s", "stage", "-m", "xgboost-example", "-x", "-y", env=env).checked()
    assert deleted.stderr.count("not there") == 4
    refused = home.run("-s", "stage", "-m", "xgboost-example", "-r", env=env)
    assert_explained(refused, f"a model cannot be called {name}")
