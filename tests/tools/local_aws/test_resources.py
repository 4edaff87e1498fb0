"""Which resource a permission is about, and the policies of every template held to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from permissions import BATCHES, SERVERS, caller, document, model_templates, needed_by_stacks
from permissions import resources as made_by
from tools.local_aws import resources
from tools.local_aws.handlers import is_about_nothing, matches

POLICIES = [name for name, made in caller().read["Resources"].items() if made["Type"] == "AWS::IAM::ManagedPolicy"]
WHERE = {"region": "eu-central-1", "account": "111122223333"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(within: Any) -> Iterator[dict[str, Any]]:
    """Wherever they are in a template."""
    if isinstance(within, dict) and {"Effect", "Action", "Resource"} <= within.keys():
        yield within
    elif isinstance(within, dict | list):
        for part in within.values() if isinstance(within, dict) else within:
            yield from statements(part)


def in_vain(policy: list[dict[str, Any]], asked: set[str]) -> set[str]:
    """Of the actions that it names, and of those asked for that its patterns match, what it allows nowhere."""
    of_a_resource: set[str] = set()
    of_all: set[str] = set()
    for statement in policy:
        if statement["Effect"] == "Allow":
            (of_all if "*" in listed(statement["Resource"]) else of_a_resource).update(listed(statement["Action"]))
    named = {pattern for pattern in of_a_resource if "*" not in pattern}
    meant = named | {action for action in asked if any(matches(action, pattern) for pattern in of_a_resource)}
    return {
        action
        for action in meant
        if is_about_nothing(action) and not any(matches(action, pattern) for pattern in of_all)
    }


@pytest.mark.parametrize("policy", POLICIES)
def test_a_callers_policy_allows_nothing_on_a_resource_that_has_none(policy: str) -> None:
    assert in_vain(list(statements(document(policy))), needed_by_stacks()) == set()


def test_no_more_does_a_policy_of_what_is_deployed() -> None:
    made = [statement for path in (*model_templates(), SERVERS, BATCHES) for statement in statements(made_by(path))]
    assert in_vain(made, set()) == set()
    assert any("xray:PutTraceSegments" in listed(statement["Action"]) for statement in made)


def test_what_is_about_no_resource_is_asked_of_all_of_them() -> None:
    def asked(action: str) -> list[str]:
        return [name for name, _ in resources.asked("AWS::Logs::LogGroup", action, "g", {}, **WHERE)]

    assert asked("logs:DescribeIndexPolicies") == ["*"]
    assert asked("logs:PutRetentionPolicy") == ["arn:aws:logs:eu-central-1:111122223333:log-group:g"]
