"""What API Gateway does where not everybody may call, and MiniStack does otherwise.

- Which origins' pages may call, MiniStack keeps by the template's names, AllowOrigins, and looks for allowOrigins.
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
# How app.py has a model's /health reach the model.
HEALTH = "/$default/health"
# The path of the request under way as it was sent: what MiniStack gets may be another.
sent: ContextVar[str] = ContextVar("sent")


def install() -> None:
    app.pin_signed_request = _as_it_was_sent(app.pin_signed_request)
    for name in ("_cors_response_headers", "_cors_preflight_response"):
        setattr(apigateway, name, _by_either_name(getattr(apigateway, name)))


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
