"""Versions of functions, as Lambda knows them.

Lambda publishes none where code and configuration are those of the last one, also if they were others in between: an
update that was taken back leaves its version behind, and made again it has nothing new to publish.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import stacks

Function = Callable[..., Any]
# What Lambda says of a function beside its code and its configuration.
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
    """MiniStack compares what it calls a revision, of which each update makes a new one."""
    function = lambda_svc._functions.get(name)
    if not function or not function["versions"]:
        return
    last = function["versions"][max(function["versions"], key=int)]
    if published(function["config"]) == published(last["config"]):
        last["function_revision"] = function["config"]["RevisionId"]


def published(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a version consists of."""
    return {name: value for name, value in config.items() if not name.startswith(ABOUT)}
