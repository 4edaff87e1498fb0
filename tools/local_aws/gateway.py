"""Makes guarded APIs behave as on API Gateway, where MiniStack differs.

- MiniStack stores the allowed CORS origins as AllowOrigins, the template's name, but looks for allowOrigins.
- MiniStack answers every preflight; API Gateway does not if a guarded route matches it.
- A request that app.py sends to another path of MiniStack was signed with its original path.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.services import apigateway

Function = Callable[..., Any]
# Refusals of requests without credentials, by the route's authorization type.
REFUSALS = {"JWT": apigateway._jwt_unauthorized, "AWS_IAM": apigateway._jwt_forbidden}
# The path by which app.py sends /health to the model.
HEALTH = "/$default/health"
# The path of the current request as it was sent; MiniStack may see another.
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
