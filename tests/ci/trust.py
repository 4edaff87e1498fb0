"""What AWS would say to a token: a template's trust policy with its parameters filled in, held against claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from pipeline_runs import ROOT
from tools.stacks.template import Tagged, read

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/" + ISSUER
KNOWN = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333", "Provider": PROVIDER}
TEMPLATE = read(ROOT / "ci-role.yaml")


class Role:
    """The role of ci-role.yaml, as it is made with these parameters."""

    def __init__(self, **parameters: str) -> None:
        defaults = {name: body["Default"] for name, body in TEMPLATE["Parameters"].items() if "Default" in body}
        self._values = KNOWN | defaults | parameters
        self.properties: dict[str, Any] = self._plain(TEMPLATE["Resources"]["Role"]["Properties"])

    def trusts(self, claims: Mapping[str, str]) -> bool:
        policy = self.properties["AssumeRolePolicyDocument"]
        return any(_allows(statement, claims) for statement in policy["Statement"])

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Tagged):
            return self._call(value)
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        return value

    def _call(self, tagged: Tagged) -> Any:
        match tagged.tag, tagged.value:
            case "!Ref", name:
                return self._values[name]
            case "!Sub", text:
                return re.sub(r"\$\{([\w:]+)\}", lambda found: self._values[found[1]], text)
            case "!Equals", [left, right]:
                return self._plain(left) == self._plain(right)
            case "!If", [name, then, otherwise]:
                return self._plain(then if self._plain(TEMPLATE["Conditions"][name]) else otherwise)
        raise NotImplementedError(tagged.tag)


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
    raise NotImplementedError(operator)
