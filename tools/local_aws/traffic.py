"""Behaviour of Lambda and CloudWatch for requests to an alias that MiniStack lacks.

- An alias with weights splits its requests between two versions.
- Each request to an alias is counted under the alias and the version that answered, as on Lambda.
- A log line in the embedded metric format becomes metrics.

And one limit that Lambda does not need: only as many requests of a version run at once as this machine can handle; the
others wait a little. Each has a container to itself, and on a machine that is busy starting containers every request
takes longer, so that even more are started.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import json
import os
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import cloudwatch, lambda_svc

Function = Callable[..., Any]
AT_ONCE = 4 * (os.cpu_count() or 1)
# After this wait one more container starts: the function may be waiting for another one.
PATIENCE = 5.0
# The alias that the current request was sent to.
_alias: contextvars.ContextVar[str] = contextvars.ContextVar("alias", default="")
_entered: contextvars.ContextVar[bool] = contextvars.ContextVar("entered", default=False)


def install() -> None:
    for name, make in (
        ("_effective_func_record_for_qualifier", _dividing),
        ("_invoke", _naming),
        ("_execute_function", _counting),
        ("_emit_lambda_logs", _reading_metrics),
    ):
        setattr(lambda_svc, name, make(getattr(lambda_svc, name)))


def version_of(function: dict[str, Any], alias: str) -> str:
    """The version that a request to the alias goes to."""
    found = function["aliases"][alias]
    point = random.random()  # noqa: S311  (no secret)
    for version, weight in found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}).items():
        if point < weight:
            return str(version)
        point -= weight
    return str(found["FunctionVersion"])


def _divided(function: dict[str, Any] | None, qualifier: str | None) -> str | None:
    if function is None or not qualifier or qualifier not in function.get("aliases", {}):
        _alias.set("")
        return qualifier
    _alias.set(qualifier)
    return version_of(function, qualifier)


def _dividing(resolve: Function) -> Function:
    """For requests through the gateway."""

    @functools.wraps(resolve)
    def resolving(function: dict[str, Any] | None, qualifier: str | None) -> Any:
        return resolve(function, _divided(function, qualifier))

    return resolving


def _naming(invoke: Function) -> Function:
    """For direct invocations of the function."""

    @functools.wraps(invoke)
    async def invoking(
        name: str, event: Any, headers: Any, qualifier: str | None = None, query: dict[str, Any] | None = None
    ) -> Any:
        asked: Any = qualifier or (query or {}).get("Qualifier")
        if isinstance(asked, list):
            asked = asked[0]
        return await invoke(name, event, headers, _divided(lambda_svc._functions.get(name), asked), query)

    return invoking


_rooms: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(AT_ONCE))


@contextlib.contextmanager
def room(version: str) -> Iterator[None]:
    got = _rooms[version].acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if got:
            _rooms[version].release()


def _counting(execute: Function) -> Function:
    @functools.wraps(execute)
    def executing(function: dict[str, Any], event: Any) -> Any:
        if _entered.get():
            # MiniStack calls this again under the function's own account; it is the same request.
            return execute(function, event)
        _entered.set(True)
        alias = _alias.get()
        try:
            with room(str((function.get("config") or function).get("FunctionArn"))):
                result = execute(function, event)
        finally:
            _entered.set(False)
        if alias:
            config = function.get("config") or function
            name = config["FunctionName"]
            dimensions = {
                "FunctionName": name,
                "Resource": f"{name}:{alias}",
                "ExecutedVersion": config.get("Version", "$LATEST"),
            }
            cloudwatch.record_metric("AWS/Lambda", "Invocations", 1, "Count", dimensions)
            cloudwatch.record_metric("AWS/Lambda", "Errors", int(bool(result.get("error"))), "Count", dimensions)
        return result

    return executing


def embedded(text: str) -> Iterator[tuple[str, str, float, str, dict[str, str]]]:
    """Namespace, name, value, unit and dimensions of every metric in the log."""
    for line in text.splitlines():
        start = line.find("{")
        if '"_aws"' not in line or start < 0:
            continue
        try:
            said = json.loads(line[start:])
            for directive in said["_aws"]["CloudWatchMetrics"]:
                for keys in directive["Dimensions"]:
                    dimensions = {key: str(said[key]) for key in keys}
                    for metric in directive["Metrics"]:
                        value = float(said[metric["Name"]])
                        yield directive["Namespace"], metric["Name"], value, metric.get("Unit", "None"), dimensions
        except (ValueError, KeyError, TypeError):
            continue


def _reading_metrics(emit: Function) -> Function:
    @functools.wraps(emit)
    def emitting(function: dict[str, Any], request_id: str, text: str, *arguments: Any, **more: Any) -> Any:
        for namespace, name, value, unit, dimensions in embedded(text):
            cloudwatch.record_metric(namespace, name, value, unit, dimensions)
        return emit(function, request_id, text, *arguments, **more)

    return emitting
