"""Permission checks of the local AWS, beyond MiniStack's.

- A call to CloudFormation refers to a stack, and a denial names the resource as well as the action.
- CloudFormation changes resources in the name of its caller.
- A role that CloudFormation makes gets its permissions boundary.
- A policy may refer to the caller as ${aws:username}.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

from ministack import app
from ministack.app import AUTH
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, PrincipalInfo, evaluate, resolve_principal
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation import provisioners, stacks

from tools.local_aws import callers, handlers, resources, subjects

Function = Callable[..., Any]
Claims = Mapping[str, Any]


class AccessDeniedError(Exception):
    """Has the same message as AWS's error."""


def install() -> None:
    if not AUTH:
        return
    iam_actions.extract_resource_arn = subjects.knowing_more(iam_actions.extract_resource_arn)
    iam_actions.access_denied_response = _naming_the_resource(iam_actions.access_denied_response)
    iam_evaluator._first_match = _knowing_who_asks(iam_evaluator._first_match)
    app.pin_request_origin = _as_if_encrypted(app.pin_request_origin)
    stacks._provision_resource = _asking_to_create(stacks._provision_resource)
    stacks._update_resource = _asking_to_update(stacks._update_resource)
    stacks._delete_resource = _asking_to_delete(stacks._delete_resource)


def ask(key: str, action: str, resource: str, claims: Claims | None = None) -> None:
    """Raise unless the caller with this key may do that; `*` is the resource of an action without one."""
    principal = resolve_principal(key, get_account_id())
    if isinstance(principal, AuthError):
        raise AccessDeniedError(principal.message)
    if _decision(principal, action, resource, claims or {}) != "Allow":
        said = iam_actions.identity_denial_message(action, principal.arn, resource or "*", False)
        raise AccessDeniedError(str(said))


def _decision(principal: PrincipalInfo, action: str, resource: str, claims: Claims) -> str:
    policies = principal.policies or []
    if not resource:
        # The resource is unknown, so it is enough if the action is allowed on any.
        policies = [[_on_anything(one) for one in policy if one.effect == "Allow"] for policy in policies]
    context = EvalContext(
        principal.arn,
        principal.type,
        principal.account,
        action,
        resource or "*",
        get_region(),
        service_context={name.lower(): value for name, value in claims.items()},
        principal_keys=principal.keys,
    )
    return str(evaluate(context, policies, *principal.limits).decision)


def _on_anything(statement: Any) -> Any:
    return dataclasses.replace(statement, resources=["*"], not_resources=[])


def _knowing_who_asks(match: Function) -> Function:
    def named(statement: Any, user: str) -> Any:
        resources = [resource.replace("${aws:username}", user) for resource in statement.resources]
        return dataclasses.replace(statement, resources=resources) if resources != statement.resources else statement

    @functools.wraps(match)
    def matching(context: EvalContext, statements: list[Any], effect: str) -> Any:
        user = context.principal_arn.rpartition(":user/")[2].rpartition("/")[2]
        return match(context, [named(statement, user) for statement in statements], effect)

    return matching


def _as_if_encrypted(pin: Function) -> Function:
    """Traffic stays on this machine, unencrypted; a bucket that demands TLS would refuse all of it."""

    @functools.wraps(pin)
    def pinning(address: str, _: bool) -> None:
        pin(address, True)

    return pinning


def _naming_the_resource(respond: Function) -> Function:
    @functools.wraps(respond)
    def responding(service: str, action: str, who: str, request_id: str, **denial: Any) -> Any:
        if not denial.get("error_code") and not denial.get("message") and not denial.get("resource_policy_arn"):
            resource = denial.get("resource_arn", "*")
            explicit = bool(denial.get("explicit_deny"))
            denial["message"] = iam_actions.identity_denial_message(action, who, resource, explicit)
        return respond(service, action, who, request_id, **denial)

    return responding


def _asking_to_create(provision: Function) -> Function:
    @functools.wraps(provision)
    def provisioning(kind: str, logical: str, properties: Claims, stack: str) -> Any:
        _ask_for(kind, "create", str(provisioners._physical_name(stack, logical)), properties)
        made = provision(kind, logical, properties, stack)
        _bound(kind, made[0], properties)
        return made

    return provisioning


def _asking_to_update(update: Function) -> Function:
    @functools.wraps(update)
    def updating(kind: str, physical: str, before: Claims, properties: Claims, *where: Any) -> Any:
        if before != properties:
            operation = "create" if stacks._replacing_change(kind, before, properties) else "update"
            _ask_for(kind, operation, physical, properties, before)
        made = update(kind, physical, before, properties, *where)
        _bound(kind, made[0], properties)
        return made

    return updating


def _asking_to_delete(delete: Function) -> Function:
    @functools.wraps(delete)
    def deleting(kind: str, physical: str, properties: Claims, *where: Any) -> Any:
        _ask_for(kind, "delete", physical, properties)
        return delete(kind, physical, properties, *where)

    return deleting


def _ask_for(kind: str, operation: str, name: str, properties: Claims, before: Claims | None = None) -> None:
    key = callers.key.get()
    if not key:
        return
    where = {"region": get_region(), "account": get_account_id()}
    properties = _with_boundary(kind, properties)
    try:
        for action in sorted(handlers.needed(kind, operation, properties, before)):
            for resource, claims in resources.asked(kind, action, name, properties, **where):
                ask(key, action, resource, claims)
    except AccessDeniedError as denial:
        raise AccessDeniedError(
            f'Resource handler returned message: "{denial}" (HandlerErrorCode: AccessDenied)'
        ) from None


def _with_boundary(kind: str, properties: Claims) -> Claims:
    """Permission for a role's policy depends on the role's boundary."""
    if kind != "AWS::IAM::Policy":
        return properties
    role = iam._roles.get((properties.get("Roles") or [""])[0]) or {}
    return {**properties, "PermissionsBoundary": role.get("PermissionsBoundary")}


def _bound(kind: str, role: str, properties: Claims) -> None:
    """MiniStack makes roles without their boundary, so it is added here."""
    if kind != "AWS::IAM::Role":
        return
    boundary = properties.get("PermissionsBoundary")
    if boundary and boundary not in iam._policies:
        raise ValueError(f"Scope ARN: {boundary} does not exist or is not attachable.")
    iam._roles[role]["PermissionsBoundary"] = boundary
