"""The limits of a distributed Map in Step Functions that MiniStack ignores.

- MaxConcurrencyPath limits how many children run at once.
- A child's input and output, and the output of all children together without a ResultWriter, are 256 KB at most:
  https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
- After the execution is stopped, no more children start.

The state is also saved when a Map begins, not only when MiniStack is stopped: a batch takes long, and after MiniStack
is killed in the middle it can continue.
"""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import stepfunctions

Function = Callable[..., Any]
State = dict[str, Any]
MOST_BYTES = 256 * 1024
# Bytes of output of each Map's children, by its ARN.
_given_back: dict[str, int] = defaultdict(int)


def install() -> None:
    stepfunctions._run_distributed_map = _limited(stepfunctions._run_distributed_map)
    stepfunctions._run_sub_machine = _checked(stepfunctions._run_sub_machine)


def _limited(run: Function) -> Function:
    @functools.wraps(run)
    def running(state: State, raw: Any, effective: Any, iterator: State, execution: State, context: State) -> Any:
        if path := state.get("MaxConcurrencyPath"):
            state = state | {"MaxConcurrency": stepfunctions._resolve_path_or_ctx(path, effective, context)}
        if persistence.PERSIST_STATE:
            persistence.save_all(app._build_persistence_save_dict())
        made = run(state, raw, effective, iterator, execution, context)
        runs = [
            arn for arn, said in stepfunctions._map_runs.items() if said["executionArn"] == execution["executionArn"]
        ]
        size = sum(_given_back.pop(arn, 0) for arn in runs)
        if "ResultWriter" not in state:
            _need_room(size, "the output of the Map")
        return made

    return running


def _checked(run: Function) -> Function:
    """Checks a Map's child; branches of a Parallel state have no Map."""

    @functools.wraps(run)
    def running(states: State, start: str, given: Any, execution: State, context: State) -> Any:
        arn = execution.get("mapRunArn")
        if not arn:
            return run(states, start, given, execution, context)
        parent = stepfunctions._executions.get(stepfunctions._map_runs[arn]["executionArn"])
        if not parent or parent["status"] != "RUNNING":
            raise stepfunctions._ExecutionError("States.Aborted", "The Map Run was stopped")
        _need_room(len(json.dumps(given)), "the input of a child")
        made = run(states, start, given, execution, context)
        size = len(json.dumps(made))
        _need_room(size, "the output of a child")
        _given_back[arn] += size + 1
        return made

    return running


def _need_room(size: int, what: str) -> None:
    if size > MOST_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded", f"{what} has {size} bytes, and {MOST_BYTES} are the limit"
        )
