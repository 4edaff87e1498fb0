"""What --doctor asks IAM's simulation, and what it makes of the answers."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest

from permissions import CALLER, actions, allowed, document, needed_by_stacks, permits
from pipeline_runs import ROOT
from tools.doctor import account, permissions
from tools.doctor.checks import Asked

SETTINGS = {"TEMPLATE_REGISTRY": "x-example-dev-registry", "TEMPLATE_LAMBDA": "x-example-dev-lambda"}
ASKED = Asked("x-example", "dev", str(ROOT / "xgboost-example"), "eu-central-1", SETTINGS)
USER, ACCOUNT = "arn:aws:iam::111122223333:user/somebody", "111122223333"


class Simulation:
    """IAM as an account answers where nothing but some actions is allowed, and some are known to nobody."""

    def __init__(self, allowed: set[str], unknown: set[str]) -> None:
        self.allowed, self.unknown = allowed, unknown
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, _: str) -> Simulation:
        return self

    def paginate(self, **question: Any) -> list[Any]:
        self.asked.append(question)
        if self.unknown.intersection(question["ActionNames"]):
            raise botocore.exceptions.ClientError({"Error": {"Code": "InvalidInput", "Message": "?"}}, "Simulate")
        return [
            {
                "EvaluationResults": [
                    {"EvalActionName": name, "EvalDecision": "allowed" if name in self.allowed else "implicitDeny"}
                    for name in question["ActionNames"]
                ]
            }
        ]


def simulation(monkeypatch: pytest.MonkeyPatch, allowed: set[str], unknown: set[str] | None = None) -> Simulation:
    made = Simulation(allowed, unknown or set())
    monkeypatch.setattr(account, "client", lambda _: made)
    return made


def everything() -> set[str]:
    return {name for question in permissions.questions(ASKED, USER, ACCOUNT) for name in question.actions}


def test_all_is_asked_that_the_policies_name_and_the_stacks_of_this_model_need() -> None:
    asked = everything()
    named = {name for policy in CALLER for name in actions(document(policy)["Statement"]) if "*" not in name}
    assert named - asked == {"iam:SimulatePrincipalPolicy"}
    assert {"lambda:CreateAlias", "s3:PutBucketPolicy", "apigateway:TagResource", "logs:TagResource"} <= asked
    assert asked <= named | needed_by_stacks()
    assert not any("*" in name for name in asked)
    assert all(permits(allowed(*CALLER), name) for name in asked)


def test_a_question_has_what_its_conditions_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulation(monkeypatch, everything())
    assert permissions.check(ASKED, USER, ACCOUNT).state == "ok"
    claims = {
        name: {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in question["ContextEntries"]}
        for question in made.asked
        for name in question["ActionNames"]
    }
    boundary = [f"arn:aws:iam::{ACCOUNT}:policy/x-example-dev-eu-central-1-boundary"]
    assert claims["iam:CreateRole"]["iam:PermissionsBoundary"] == boundary
    assert claims["iam:PassRole"] == {"iam:PassedToService": ["lambda.amazonaws.com"]}
    assert {question["PolicySourceArn"] for question in made.asked} == {USER}


def test_what_is_missing_is_named_and_of_much_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation(monkeypatch, everything() - {"iam:PassRole", "lambda:CreateFunction"})
    check = permissions.check(ASKED, USER, ACCOUNT)
    assert (check.state, check.words) == ("problem", "not allowed: iam:PassRole, lambda:CreateFunction")
    assert check.next.endswith("then attach its policies to user/somebody")
    simulation(monkeypatch, set())
    assert f"and {len(everything()) - 6} more" in permissions.check(ASKED, USER, ACCOUNT).words


def test_an_action_that_the_simulation_does_not_know_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation(monkeypatch, everything() - {"apigateway:PATCH"}, unknown={"apigateway:TagResource"})
    assert permissions.check(ASKED, USER, ACCOUNT).words == "not allowed: apigateway:PATCH"


@pytest.mark.parametrize(
    ("arn", "asked"),
    [
        (USER, USER),
        ("arn:aws:sts::111122223333:assumed-role/deploys/session", "arn:aws:iam::111122223333:role/deploys"),
        ("arn:aws-cn:sts::111122223333:assumed-role/deploys/a@b", "arn:aws-cn:iam::111122223333:role/deploys"),
    ],
)
def test_of_a_session_the_role_is_asked_about(arn: str, asked: str) -> None:
    assert permissions.principal(arn) == asked


def test_root_is_not_asked_about() -> None:
    check = permissions.check(ASKED, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    assert (check.state, check.next) == ("warning", "use a user or a role")
