"""The stack's table: what the function may do with it, what it costs and tells, and that it goes with the stack."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from document_example.conftest import FOLDER
from tools.stacks import model

APP = "\n".join(path.read_text() for path in (FOLDER / "app").rglob("*.py"))


@pytest.fixture(scope="module")
def resources() -> Any:
    resources = model.read(FOLDER)["Resources"]
    return json.loads(json.dumps(resources, default=lambda tagged: {tagged.tag: tagged.value}))


def test_the_table_is_the_stacks_own_and_goes_with_it(resources: Any) -> None:
    table = resources["Memory"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Delete")
    assert table["Properties"]["TableName"] == {"!Sub": "${Project}-${Stage}-memory"}


def test_it_costs_what_is_asked_of_it_and_forgets(resources: Any) -> None:
    """It is encrypted as every table is, with a key that costs nothing and that nobody needs permissions for."""
    properties = resources["Memory"]["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "SSESpecification" not in properties
    assert '"expires_at"' in APP


def test_the_key_is_what_the_function_asks_for(resources: Any) -> None:
    [key] = resources["Memory"]["Properties"]["KeySchema"]
    assert key == {"AttributeName": "picture_key", "KeyType": "HASH"}
    assert '{"picture_key": key}' in APP


def test_the_function_may_do_what_it_does_and_with_that_table_alone(resources: Any) -> None:
    function = resources["Function"]["Properties"]
    assert function["Environment"]["Variables"]["TABLE"] == {"!Ref": "Memory"}
    policies = [policy for policy in resources["FunctionRole"]["Properties"]["Policies"] if "PolicyName" in policy]
    [memory] = [policy["PolicyDocument"] for policy in policies if policy["PolicyName"] == "memory"]
    [statement] = memory["Statement"]
    calls = set(re.findall(r"_table\.(get|put|delete)\b", APP))
    assert set(statement["Action"]) == {f"dynamodb:{call.capitalize()}Item" for call in calls}
    assert statement["Resource"] == {"!GetAtt": "Memory.Arn"}


@pytest.mark.parametrize(
    ("alarm", "metric"), [("MemoryAlarm", "memory_failed"), ("MemoryThrottlesAlarm", "memory_throttled")]
)
def test_an_alarm_rings_for_what_the_function_counts(resources: Any, alarm: str, metric: str) -> None:
    properties = resources[alarm]["Properties"]
    assert (properties["Namespace"], properties["MetricName"]) == ("serving", metric)
    assert properties["Dimensions"] == [{"Name": "function", "Value": {"!Ref": "Function"}}]
    assert f'serving.count("{metric}")' in APP
