"""What API Gateway does where not everybody may call, and MiniStack does otherwise.

- Which origins' pages may call, MiniStack keeps by the template's names, AllowOrigins, and looks for allowOrigins.
- A preflight it answers to everybody; API Gateway does not where a route that is guarded catches it.
- What app.py has MiniStack answer at another path was signed with its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.services import apigateway

Function = Callable[..., Any]
# Of whoever comes with nothing, by how a route is guarded.
REFUSALS = {"JWT": apigateway._jwt_unauthorized, "AWS_IAM": apigateway._jwt_forbidden}
# How app.py has a model's /health reach the model.
HEALTH = "/$default/health"
# The path of the request under way as it was sent: what MiniStack gets may be another.
sent: ContextVar[str] = ContextVar("sent")


def install() -> None:
    app.pin_signed_request = _as_it_was_sent(app.pin_signed_request)
    for name in ("_cors_response_headers", "_cors_preflight_response"):
        setattr(apigateway, name, _by_either_name(getattr(apigateway, name)))
    apigateway._handle_execute_in_scope = _guarding_preflights(apigateway._handle_execute_in_scope)


def _by_either_name(answer: Function) -> Function:
    @functools.wraps(answer)
    def answering(configuration: dict[str, Any] | None, origin: str) -> Any:
        return answer({key[:1].lower() + key[1:]: value for key, value in (configuration or {}).items()}, origin)

    return answering


def _as_it_was_sent(pin: Function) -> Function:
    @functools.wraps(pin)
    def pinning(method: str, path: str, *rest: Any) -> None:
        pin(method, sent.get(path), *rest)

    return pinning


def _guarding_preflights(execute: Function) -> Function:
    @functools.wraps(execute)
    async def executing(api: str, stage: str, path: str, method: str, headers: dict[str, str], *rest: Any) -> Any:
        if method == "OPTIONS" and not any(name.lower() == "authorization" for name in headers):
            route = apigateway._match_route(api, method, "/" + path.lstrip("/")) or {}
            if refuse := REFUSALS.get(str(route.get("authorizationType"))):
                return refuse()
        return await execute(api, stage, path, method, headers, *rest)

    return executing
