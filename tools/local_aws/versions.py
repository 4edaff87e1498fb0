"""Versions of functions, as on Lambda.

Lambda publishes no new version if code and configuration equal those of the last one, even if they differed in between:
after an update is rolled back its version remains, and the same update again has nothing new to publish.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import stacks

Function = Callable[..., Any]
# Fields of a function that belong neither to its code nor to its configuration.
ABOUT = ("FunctionArn", "LastModified", "LastUpdateStatus", "RevisionId", "SnapStart", "State", "Version")


def install() -> None:
    stacks._provision_resource = _comparing(stacks._provision_resource)


def _comparing(provision: Function) -> Function:
    @functools.wraps(provision)
    def provisioning(kind: str, logical: str, properties: Mapping[str, Any], stack: str) -> Any:
        if kind == "AWS::Lambda::Version":
            recognise(str(properties["FunctionName"]).rpartition(":")[2])
        return provision(kind, logical, properties, stack)

    return provisioning


def recognise(name: str) -> None:
    """MiniStack compares revision ids, and each update makes a new one."""
    function = lambda_svc._functions.get(name)
    if not function or not function["versions"]:
        return
    last = function["versions"][max(function["versions"], key=int)]
    if published(function["config"]) == published(last["config"]):
        last["function_revision"] = function["config"]["RevisionId"]


def published(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that make up a version."""
    return {name: value for name, value in config.items() if not name.startswith(ABOUT)}
