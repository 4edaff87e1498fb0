"""What AWS would say to a token: a template's trust policy with its parameters filled in, held against claims."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from pipeline_runs import ROOT
from resolved import ACCOUNT, Template
from tools.stacks.template import read

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
PATH = ROOT / "ci-role.yaml"
TEMPLATE = read(PATH)


class Role:
    """The role of ci-role.yaml, as it is made with these parameters."""

    def __init__(self, **parameters: str) -> None:
        self.properties: dict[str, Any] = Template(PATH, Provider=PROVIDER, **parameters).properties("Role")

    def trusts(self, claims: Mapping[str, str]) -> bool:
        policy = self.properties["AssumeRolePolicyDocument"]
        return any(_allows(statement, claims) for statement in policy["Statement"])


def _allows(statement: dict[str, Any], claims: Mapping[str, str]) -> bool:
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Principal"] == {"Federated": PROVIDER}
    return all(
        _holds(operator, wanted, claims.get(key.removeprefix(ISSUER + ":"), ""))
        for operator, tests in statement["Condition"].items()
        for key, wanted in tests.items()
    )


def _holds(operator: str, wanted: str | list[str], said: str) -> bool:
    choices = [wanted] if isinstance(wanted, str) else wanted
    if operator == "StringEquals":
        return said in choices
    if operator == "StringLike":
        return any(fnmatchcase(said, choice) for choice in choices)
    raise ValueError(f"a condition that this does not know: {operator}")
