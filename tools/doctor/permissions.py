"""Whether the caller may do what caller.yaml allows, by IAM's own simulation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import botocore.exceptions

from tools.doctor import account
from tools.doctor.checks import Asked, Check
from tools.local_aws import handlers
from tools.stacks import model, resolved, template

ROOT = Path(__file__).resolve().parents[2]
# The policies that everybody who deploys has.
POLICIES = ("Caller", "ModelCaller")
# The resources that SAM makes from a function.
OF_A_FUNCTION = ("AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias")
SHOWN = 6


@dataclass(frozen=True)
class Question:
    """Whether these actions are allowed on one of these resources, given the values that conditions look at."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    claims: dict[str, str] = field(default_factory=dict)


def check(asked: Asked, arn: str, account_id: str) -> Check:
    if arn.endswith(":root"):
        return Check(
            "permissions", "warning", "this is the account's root, who may do everything", "use a user or a role"
        )
    try:
        missing = sorted({action for question in questions(asked, arn, account_id) for action in denied(question, arn)})
    except account.FAILED as error:
        words = f"could not be simulated: {error}"
        return Check("permissions", "warning", words, "a role needs iam:SimulatePrincipalPolicy on itself for that")
    if not missing:
        return Check("permissions", "ok", "all that caller.yaml allows, by simulation")
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    words = f"not allowed: {', '.join(missing[:SHOWN])}{more}"
    return Check(
        "permissions", "problem", words, f"{asked.caller_stack}; then attach its policies to {arn.rpartition(':')[2]}"
    )


def principal(arn: str) -> str:
    """The ARN to simulate; for a session, its role. A role's path is missing from the session's ARN."""
    head, _, rest = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{rest.partition('/')[0]}" if rest else arn


def denied(question: Question, arn: str) -> set[str]:
    """The actions that are allowed on none of the resources, without those that the simulation does not know."""
    try:
        return _denied(question, arn)
    except botocore.exceptions.ClientError as error:
        if account.code(error) != "InvalidInput":
            raise
    if len(question.actions) == 1:
        return set()
    each = (replace(question, actions=(action,)) for action in question.actions)
    return {action for one in each for action in denied(one, arn)}


def _denied(question: Question, arn: str) -> set[str]:
    simulate = account.client("iam").get_paginator("simulate_principal_policy").paginate
    claims = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in question.claims.items()
    ]
    allowed: set[str] = set()
    for resource in question.resources:
        pages = simulate(
            PolicySourceArn=principal(arn),
            ActionNames=list(question.actions),
            ResourceArns=[resource],
            ContextEntries=claims,
        )
        results = [result for page in pages for result in page["EvaluationResults"]]
        allowed |= {result["EvalActionName"] for result in results if result["EvalDecision"] == "allowed"}
    return set(question.actions) - allowed


def questions(asked: Asked, arn: str, account_id: str) -> Iterator[Question]:
    policies = caller(asked, arn, account_id)
    needed = needed_by_stacks(Path(asked.folder))
    for policy in POLICIES:
        for statement in policies.properties(policy)["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                yield from of(statement, needed)


def of(statement: dict[str, Any], needed: set[str]) -> Iterator[Question]:
    """The simulation takes no patterns: they are expanded to the actions that the stacks need."""
    actions = {action for pattern in listed(statement["Action"]) for action in expanded(pattern, needed)}
    # A simulation that answers proves this permission.
    actions.discard("iam:SimulatePrincipalPolicy")
    resources = listed(statement["Resource"])
    for service in sorted({action.partition(":")[0] for action in actions}):
        own = tuple(resource for resource in resources if resource == "*" or resource.split(":")[2] == service)
        wanted = tuple(sorted(action for action in actions if action.startswith(f"{service}:")))
        if own and wanted:
            yield Question(wanted, own, claims(statement))


def expanded(pattern: str, needed: set[str]) -> set[str]:
    return {action for action in needed if handlers.matches(action, pattern)} if "*" in pattern else {pattern}


def claims(statement: dict[str, Any]) -> dict[str, str]:
    """Values that make the statement's conditions true."""
    conditions = statement.get("Condition", {})
    return {key: listed(value)[0] for operator in conditions.values() for key, value in operator.items()}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def caller(asked: Asked, arn: str, account_id: str) -> resolved.Template:
    partition = arn.split(":")[1]
    values = {
        "Project": asked.project,
        "Stage": asked.stage,
        "Registry": own_name(asked, "TEMPLATE_REGISTRY"),
        "Stack": own_name(asked, "TEMPLATE_LAMBDA"),
        "AWS::AccountId": account_id,
        "AWS::Partition": partition,
        "AWS::Region": asked.region,
        "AWS::StackId": f"arn:{partition}:cloudformation:{asked.region}:{account_id}:stack/{asked.name}-caller/0",
        "AWS::URLSuffix": "amazonaws.com",
    }
    return resolved.Template(template.read(ROOT / "caller.yaml"), values)


def own_name(asked: Asked, setting: str) -> str:
    stack = asked.settings[setting]
    return "" if stack.startswith(f"{asked.name}-") else stack


def needed_by_stacks(folder: Path) -> set[str]:
    """The actions of CloudFormation, in the caller's name, to make, change and delete the stacks."""
    resources = [
        *template.read(ROOT / "registry.yaml")["Resources"].values(),
        *model.read(folder)["Resources"].values(),
    ]
    return {
        action
        for resource in resources
        for kind in (OF_A_FUNCTION if resource["Type"] == "AWS::Serverless::Function" else (resource["Type"],))
        for operation in ("create", "update", "delete")
        for action in handlers.needed(kind, operation, resource.get("Properties", {}) | {"Tags": ["of the stack"]})
    }
