"""What CloudFormation refuses before it begins. Events are as in its reference; the local AWS has fewer kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell import shell
from tools.stacks import failures

STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/x-dev-lambda/1"
TABLE = "Resource of type 'AWS::DynamoDB::Table' with identifier 'x-dev' already exists."


def event(operation: str, minute: int, name: str, reason: str, **more: str) -> dict[str, Any]:
    return {
        "EventId": f"{operation}-{name}",
        "StackId": STACK,
        "OperationId": operation,
        "OperationType": "CREATE_CHANGESET",
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": name,
        "ValidationFailureMode": "FAIL",
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": reason,
        "Timestamp": f"2026-11-26T10:{minute:02}:00.000000+00:00",
        **more,
    }


EVENTS = [
    event("new", 30, "Table", TABLE),
    event("new", 30, "Function", "extraneous key [Memory] is not permitted", ValidationPath="/Resources/Function"),
    {"EventId": "1", "StackId": STACK, "EventType": "STACK_EVENT", "Timestamp": "2026-11-26T10:40:00+00:00"},
    event("old", 10, "Queue", "Property Nme is not known"),
]
TOLD = [f"Table: {TABLE}", "Function: extraneous key [Memory] is not permitted /Resources/Function"]


@pytest.mark.parametrize("events", [EVENTS, EVENTS[::-1]], ids=["newest first", "newest last"])
def test_the_newest_refusals_are_told_by_resource(events: list[dict[str, Any]]) -> None:
    assert sorted(f"{name}: {why}" for name, why in failures.refused(events).items()) == sorted(TOLD)
    assert failures.refused([]) == {}


@pytest.mark.parametrize(("said", "told"), [("use the DescribeEvents API", TOLD), ("failed", ["Role: older"])])
def test_the_reasons_are_those_of_what_was_tried(tmp_path: Path, said: str, told: list[str]) -> None:
    """Not those of an operation before it; and whoever may not ask is told nothing wrong."""
    (tmp_path / "log").write_text(f"Reason: {said}\n")
    (tmp_path / "refused").write_text(json.dumps({"OperationEvents": EVENTS}))
    older = {"LogicalResourceId": "Role", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "older"}
    (tmp_path / "failed").write_text(json.dumps({"StackEvents": [older]}))
    script = """
        option() { return 1; }
        aws() { case "$*" in *describe-events*) cat "$RUN_DIR/refused" ;; *) cat "$RUN_DIR/failed" ;; esac; }
        cloudformation::reasons x-dev-lambda
    """
    assert shell(script, tmp_path).checked().stdout.splitlines() == told
    denied = script.replace('cat "$RUN_DIR/refused"', "echo denied >&2; return 254")
    run = shell(denied, tmp_path).checked()
    assert (run.stdout.splitlines(), run.stderr) == ([] if told is TOLD else told, "")
