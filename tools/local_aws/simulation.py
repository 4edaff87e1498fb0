"""IAM's policy simulation. MiniStack simulates one resource only, and ignores condition keys."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate
from ministack.core.responses import get_region
from ministack.services import iam

Function = Callable[..., Any]
Form = dict[str, Any]
DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}
# Of the current call.
_resources: ContextVar[list[str]] = ContextVar("resources")
_claims: ContextVar[dict[str, str]] = ContextVar("claims")


def install() -> None:
    iam._extract_simulate_params = _remembering(iam._extract_simulate_params)
    iam._build_simulate_results_real = results


def _remembering(extract: Function) -> Function:
    @functools.wraps(extract)
    def extracting(form: Form) -> Any:
        _resources.set(list(_members(form, "ResourceArns.member.{}")) or ["*"])
        names = _members(form, "ContextEntries.member.{}.ContextKeyName")
        values = _members(form, "ContextEntries.member.{}.ContextKeyValues.member.1")
        _claims.set(dict(zip((name.lower() for name in names), values, strict=True)))
        return extract(form)

    return extracting


def _members(form: Form, pattern: str) -> Iterator[str]:
    number = 1
    while value := iam._p(form, pattern.format(number)):
        yield str(value)
        number += 1


def results(actions: list[str], _: str, principal: str, account: str, policies: Any) -> str:
    return "".join(
        f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>"
        f"<EvalDecision>{DECISIONS[decision(action, resource, principal, account, policies)]}</EvalDecision>"
        "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues></member>"
        for action in actions
        for resource in _resources.get()
    )


def decision(action: str, resource: str, principal: str, account: str, policies: Any) -> str:
    context = EvalContext(
        principal, "User", account, action, resource, get_region(), service_context=_claims.get(), secure_transport=True
    )
    return str(evaluate(context, policies).decision)
