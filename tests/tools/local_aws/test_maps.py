"""What AWS refuses of a distributed Map is refused by the local one."""

from __future__ import annotations

from typing import Any

import pytest
from ministack.services import stepfunctions

from tools.local_aws import maps

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:x"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:x:1"
PASS = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("_run_distributed_map", "_run_sub_machine"):
        monkeypatch.setattr(stepfunctions, name, getattr(stepfunctions, name))
    maps.install()
    execution = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "status": "RUNNING"}
    stepfunctions._executions[EXECUTION] = execution

    def running(items: list[Any], **state: Any) -> Any:
        return stepfunctions._run_distributed_map(
            {"ItemsPath": "$.items", "ToleratedFailurePercentage": 100, "End": True, **state},
            {"items": items, "most": 3},
            {"items": items, "most": 3},
            PASS,
            execution,
            {"Execution": {"Id": EXECUTION}},
        )

    running.execution = execution  # type: ignore[attr-defined]
    return running


def last_run() -> dict[str, Any]:
    found: dict[str, Any] = list(stepfunctions._map_runs.values())[-1]
    return found


def test_as_many_run_at_once_as_the_input_says(run: Any) -> None:
    run([1, 2], MaxConcurrencyPath="$.most")
    assert (last_run()["maxConcurrency"], last_run()["itemCounts"]["succeeded"]) == (3, 2)


def test_an_item_of_more_than_256_kilobytes_fails(run: Any) -> None:
    run([1, "x" * 256 * 1024], ResultPath=None)
    assert (last_run()["itemCounts"]["succeeded"], last_run()["itemCounts"]["failed"]) == (1, 1)


def test_what_all_give_back_is_no_more_than_that_either(run: Any) -> None:
    with pytest.raises(stepfunctions._ExecutionError) as refused:
        run(["x" * 100_000] * 3, ResultPath=None)
    assert refused.value.error == "States.DataLimitExceeded"
    run(["x" * 100_000] * 3, ResultPath=None, ResultWriter={})


def test_no_child_begins_when_the_execution_is_stopped(run: Any) -> None:
    run.execution["status"] = "ABORTED"
    run([1, 2, 3])
    assert last_run()["itemCounts"]["failed"] == 3
