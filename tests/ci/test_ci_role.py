"""The role of a pipeline: who gets it at which stage, and that it cannot give itself more."""

from __future__ import annotations

import re
import subprocess

import pytest

from ci.trust import TEMPLATE, Role
from pipeline_runs import ROOT

MODELS = "acme/models"
POLICY = "arn:aws:iam::111122223333:policy/x-caller"


def token(repository: str, rest: str, audience: str = "sts.amazonaws.com") -> dict[str, str]:
    return {"aud": audience, "sub": f"repo:{repository}:{rest}"}


MAIN = token(MODELS, "ref:refs/heads/main")
PULL_REQUEST = token(MODELS, "pull_request")
PROD = token(MODELS, "environment:prod")
STRANGERS = {
    "another branch": token(MODELS, "ref:refs/heads/mine"),
    "a branch that begins alike": token(MODELS, "ref:refs/heads/main-2"),
    "a tag": token(MODELS, "ref:refs/tags/main"),
    "another environment": token(MODELS, "environment:prod2"),
    "another owner's main": token("acme-evil/models", "ref:refs/heads/main"),
    "another repository's main": token("acme/models-evil", "ref:refs/heads/main"),
    "another repository's environment": token("acme/other", "environment:prod"),
    "a fork's main": token("someone/models", "ref:refs/heads/main"),
    "a fork's pull request": token("someone/models", "pull_request"),
    "a fork's environment": token("someone/models", "environment:prod"),
    "a token for another service": token(MODELS, "pull_request", "https://github.com/acme"),
    "main, for another service": token(MODELS, "ref:refs/heads/main", "https://github.com/acme"),
    "prod, for another service": token(MODELS, "environment:prod", "https://github.com/acme"),
    "a token that says nothing": {},
}


def role(stage: str, **parameters: str) -> Role:
    return Role(**{"Repository": MODELS, "Stage": stage, "Policies": POLICY} | parameters)


@pytest.mark.parametrize("provider", ["true", "false"])
def test_dev_lets_in_main_and_pull_requests(provider: str) -> None:
    dev = role("dev", CreateProvider=provider)
    assert dev.trusts(MAIN)
    assert dev.trusts(PULL_REQUEST)
    assert not dev.trusts(PROD)


@pytest.mark.parametrize("stage", ["stage", "prod"])
def test_the_other_stages_let_in_their_environment_only(stage: str) -> None:
    assert role(stage).trusts(token(MODELS, f"environment:{stage}"))
    assert role(stage).trusts(PROD) == (stage == "prod")
    assert not role(stage).trusts(MAIN)
    assert not role(stage).trusts(PULL_REQUEST)


@pytest.mark.parametrize("stage", ["dev", "stage", "prod"])
@pytest.mark.parametrize("claims", STRANGERS.values(), ids=STRANGERS)
def test_nobody_else_gets_in(stage: str, claims: dict[str, str]) -> None:
    assert not role(stage).trusts(claims)


def test_another_branch_can_be_the_one_that_goes_to_dev() -> None:
    dev = role("dev", Branch="trunk")
    assert dev.trusts(token(MODELS, "ref:refs/heads/trunk"))
    assert not dev.trusts(MAIN)


def test_a_repository_named_with_its_numbers_is_not_taken_for_a_later_one_of_that_name() -> None:
    numbered = role("prod", Repository="acme@12/models@34")
    assert numbered.trusts(token("acme@12/models@34", "environment:prod"))
    assert not numbered.trusts(token("acme@12/models@35", "environment:prod"))
    assert not numbered.trusts(PROD)


@pytest.mark.parametrize(
    ("parameter", "value", "fits"),
    [
        ("Repository", "acme/models", True),
        ("Repository", "acme@12/models.v2@34", True),
        ("Repository", "acme/*", False),
        ("Repository", "*", False),
        ("Repository", "acme", False),
        ("Repository", "acme/models:pull_request", False),
        ("Branch", "release/2026", True),
        ("Branch", "*", False),
        ("Branch", "ma?n", False),
    ],
)
def test_a_parameter_names_one_thing(parameter: str, value: str, fits: bool) -> None:
    assert bool(re.fullmatch(TEMPLATE["Parameters"][parameter]["AllowedPattern"], value)) == fits


def test_the_role_lasts_an_hour_and_gets_what_it_was_given_and_nothing_else() -> None:
    properties = role("dev").properties
    assert properties["MaxSessionDuration"] == 3600
    assert properties["ManagedPolicyArns"] == POLICY
    assert "Policies" not in properties


def test_the_provider_is_made_if_asked_for_and_outlives_its_stack() -> None:
    provider = TEMPLATE["Resources"]["Provider"]
    assert provider["Condition"] == "MakesProvider"
    assert provider["DeletionPolicy"] == "RetainExceptOnCreate"
    assert provider["Properties"]["ClientIdList"] == ["sts.amazonaws.com"]


def test_cfn_lint_finds_nothing() -> None:
    run = subprocess.run(["cfn-lint", str(ROOT / "ci-role.yaml")], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")
