"""What Lambda and CloudWatch do with the requests to an alias, and MiniStack leaves out.

- An alias with weights divides its requests between two versions.
- Each request to an alias is counted under that alias and the version that answered, as Lambda counts it.
- A log line in the embedded metric format becomes metrics.
- A version has containers of its own, also where another one has the same image, and an update of the function leaves
  those of its versions alone: they are as they were published.

And two things that Lambda need not do. As many requests of a version run at once as this machine can bear, the others
wait a little: each has a container to itself, and on a machine that is busy starting containers each takes longer, so
that more are started, and so on. And the engine is not asked before every request whether each container still runs,
nor for more of its log than one request can have written.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import json
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from docker.models.containers import Container  # type: ignore[import-untyped]
from ministack.services import cloudwatch, lambda_svc

Function = Callable[..., Any]
AT_ONCE = 4 * (os.cpu_count() or 1)
# Then a container more it is: a function may be waiting for another one.
PATIENCE = 5.0
# Without it the engine reads a log from its beginning to find what is new.
LOG_LINES = 1000
# How long a container that ran is taken to run still.
TRUSTED_SECONDS = 1.0
_LATEST = ":version=$LATEST"
# The alias that the request under way was sent to.
_alias: contextvars.ContextVar[str] = contextvars.ContextVar("alias", default="")
_entered: contextvars.ContextVar[bool] = contextvars.ContextVar("entered", default=False)


def install() -> None:
    for name, make in (
        ("_effective_func_record_for_qualifier", _dividing),
        ("_invoke", _naming),
        ("_execute_function", _counting),
        ("_emit_lambda_logs", _reading_metrics),
        ("_warm_pool_key", _telling_versions_apart),
        ("_pool_kill_function", _sparing_versions),
        ("_is_container_running", _trusting),
    ):
        setattr(lambda_svc, name, make(getattr(lambda_svc, name)))
    Container.logs = _from_the_end(Container.logs)


def version_of(function: dict[str, Any], alias: str) -> str:
    """The version that one request to an alias goes to."""
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
    """For the gateway."""

    @functools.wraps(resolve)
    def resolving(function: dict[str, Any] | None, qualifier: str | None) -> Any:
        return resolve(function, _divided(function, qualifier))

    return resolving


def _naming(invoke: Function) -> Function:
    """For whoever calls the function itself."""

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
            # MiniStack enters again under the function's own account; it is one request.
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


def _telling_versions_apart(key: Function) -> Function:
    @functools.wraps(key)
    def keying(name: str, config: dict[str, Any]) -> str:
        return f"{key(name, config)}:version={config.get('Version', '$LATEST')}"

    return keying


def _sparing_versions(kill: Function) -> Function:
    @functools.wraps(kill)
    def killing(account: str, name: str) -> None:
        if lambda_svc._functions.get(name) is None:
            kill(account, name)
            return
        with lambda_svc._warm_pool_lock:
            pools = lambda_svc._warm_pool
            stale = [key for key in pools if key.split(":")[::2][:2] == [account, name] and key.endswith(_LATEST)]
            entries = [entry for key in stale for entry in pools.pop(key)]
        for entry in entries:
            lambda_svc._kill_pool_entry(entry)

    return killing


def _trusting(is_running: Function) -> Function:
    seen: dict[str, float] = {}

    @functools.wraps(is_running)
    def asking(container: Any) -> bool:
        now = time.monotonic()
        if now - seen.get(container.id, -TRUSTED_SECONDS) < TRUSTED_SECONDS:
            return True
        if is_running(container):
            seen[container.id] = now
            return True
        seen.pop(container.id, None)
        return False

    return asking


def _from_the_end(logs: Function) -> Function:
    @functools.wraps(logs)
    def reading(container: Container, **asked: Any) -> Any:
        return logs(container, **({"tail": LOG_LINES} | asked if "since" in asked else asked))

    return reading
