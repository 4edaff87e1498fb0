"""The two stacks: whether their state prevents changes."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.exceptions

from tools.doctor import account
from tools.doctor.checks import Asked, Check

# The next -r or -d brings a stack out of these states by itself: lib/aws/stack.sh.
SETTLED = {
    *("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"),
    *("UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED"),
}


def each(asked: Asked) -> Iterator[Check]:
    yield account.asking("registry stack", registry, asked)
    yield account.asking("model's stack", of_the_model, asked)


def registry(asked: Asked) -> Check:
    return judged("registry stack", asked.settings["TEMPLATE_REGISTRY"], asked.command("-r"))


def of_the_model(asked: Asked) -> Check:
    name, stack = "model's stack", asked.settings["TEMPLATE_LAMBDA"]
    if state(stack) == "DELETE_FAILED" and is_live(asked.name):
        # Only completing the deletion helps, and a deployment does not do that by itself.
        advice = f"{asked.command('-d')} says what may be done"
        return Check(name, "problem", f"{stack} is half deleted, and its live version is still there", advice)
    return judged(name, stack, asked.command("-d"))


def judged(name: str, stack: str, command: str) -> Check:
    status = state(stack)
    if not status:
        return Check(name, "ok", f"{stack} is not there yet")
    if status in SETTLED:
        return Check(name, "warning", f"{stack} is in {status}", f"settled by {command}")
    if status.endswith("_IN_PROGRESS"):
        return Check(
            name, "warning", f"{stack} is in {status}: something is being done to it", f"{command} waits for that"
        )
    return Check(name, "ok", f"{stack} is in {status}")


def state(stack: str) -> str:
    """The status; empty if there is no such stack."""
    try:
        found = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except botocore.exceptions.ClientError as error:
        if account.code(error) != "ValidationError":
            raise
        return ""
    return str(found[0]["StackStatus"])


def is_live(function: str) -> bool:
    try:
        account.client("lambda").get_alias(FunctionName=function, Name="live")
    except botocore.exceptions.ClientError as error:
        if account.code(error) != "ResourceNotFoundException":
            raise
        return False
    return True
