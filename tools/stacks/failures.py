"""Print why an operation on a stack failed, one `RESOURCE: REASON` per line, causes before consequences.

python tools stacks.failures [TOKEN]    of the operation with that token, else of the newest

It reads the output of describe-stack-events, as JSON, from stdin; or that of describe-events, for what was refused
before an operation began.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

STACK = "AWS::CloudFormation::Stack"
BEGINS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
CANCELLED = "cancelled"

Event = dict[str, Any]


def of_stack(event: Event) -> bool:
    """Whether the event is about the stack itself, and not a nested one."""
    return event.get("ResourceType") == STACK and event.get("PhysicalResourceId") == event["StackId"]


def of_newest(events: list[Event]) -> Iterator[Event]:
    for event in events:
        yield event
        if of_stack(event) and event["ResourceStatus"] in BEGINS:
            return


def reason(event: Event) -> str:
    return " ".join(event.get("ResourceStatusReason", "no reason given").split())


def failed(events: Iterable[Event]) -> dict[str, str]:
    """The first failure of each resource, by name; the events come newest first."""
    found: dict[str, str] = {}
    for event in reversed(list(events)):
        if "FAILED" in event["ResourceStatus"]:
            found.setdefault(event["LogicalResourceId"], reason(event))
    return found


def of_operation(events: list[Event], token: str) -> dict[str, str]:
    """The failures at resources alone: only resources can be skipped by name."""
    return failed(event for event in events if event.get("ClientRequestToken") == token and not of_stack(event))


def causes(events: list[Event]) -> dict[str, str]:
    """Without cancellations that follow from another failure; the stack's own reason if no resource has one."""
    newest = list(of_newest(events))
    found = failed(event for event in newest if not of_stack(event))
    return {name: why for name, why in found.items() if CANCELLED not in why.lower()} or found or failed(newest)


def refused(events: list[Event]) -> dict[str, str]:
    """What the newest operation that was refused was refused for, by resource."""
    found = [event for event in events if event.get("EventType") == "VALIDATION_ERROR"]
    newest = max(found, key=lambda event: str(event["Timestamp"]), default={}).get("OperationId")
    return {
        event["LogicalResourceId"]: f"{event['ValidationStatusReason']} {event.get('ValidationPath', '')}".strip()
        for event in found
        if event["OperationId"] == newest
    }


def main(token: str = "") -> None:
    if not (text := sys.stdin.read().strip()):
        return
    said = json.loads(text)
    if "OperationEvents" in said:
        found = refused(said["OperationEvents"])
    else:
        found = of_operation(said["StackEvents"], token) if token else causes(said["StackEvents"])
    for name, why in found.items():
        print(f"{name}: {why}")


if __name__ == "__main__":
    main(*sys.argv[1:])
