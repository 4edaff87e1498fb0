"""A deployed model's address that works in every program: http://localhost:PORT/NAME, for the API NAME-local.

AWS gives each API its own host, and so does MiniStack, below .localhost. Browsers and curl resolve such names to this
machine; Python, Java and Go ask the system's resolver, and Debian's does not know them. MiniStack also answers at a
path with the API's id in it, but each new stack has a new id.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

Function = Callable[..., tuple[str, dict[str, str]]]
Scope = dict[str, Any]

STAGE = "-local"
# Paths that MiniStack itself answers at the root.
RESERVED = ("v2", "health", "restapis")


def install() -> None:
    """CloudFormation reports the new address; APIs of stacks with an older address keep both."""
    of_apis = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    for name in ("create", "update"):
        of_apis[name] = _giving_address(of_apis[name])


def _giving_address(make: Function) -> Function:
    @functools.wraps(make)
    def making(*arguments: Any, **more: Any) -> tuple[str, dict[str, str]]:
        api, attributes = make(*arguments, **more)
        if name := name_of(apigateway._apis[api]):
            attributes["ApiEndpoint"] = f"http://localhost:{os.environ['GATEWAY_PORT']}/{name}"
        return api, attributes

    return making


def name_of(api: dict[str, Any]) -> str:
    """The first part of the API's path; empty if it cannot have one."""
    name = str(api["name"]).removesuffix(STAGE)
    return "" if name in RESERVED or name.startswith("_") or not name.replace("-", "").isalnum() else name


def routed(scope: Scope) -> Scope:
    """A request to a model's address, rewritten to the path that MiniStack knows."""
    if not (api := _api(scope)):
        return scope
    stage = f"/_aws/execute-api/{api}/$default/"
    rest, raw_rest = scope["path"][1:].partition("/")[2], scope["raw_path"][1:].partition(b"/")[2]
    return scope | {"path": stage + rest, "raw_path": stage.encode() + raw_rest}


def page_of(scope: Scope) -> str:
    """The redirect target for a model's address without its final slash, where the page's relative links would fail."""
    path = str(scope["path"])
    return f"{path}/" if scope["method"] in ("GET", "HEAD") and path.count("/") == 1 and _api(scope) else ""


def _api(scope: Scope) -> str:
    """The id of the API with this address; the newest if several share a name."""
    name = scope["path"][1:].partition("/")[0]
    found = [api for _, api in apigateway._apis.all_items() if name and name_of(api) == name]
    if not found or _is_for_another_service(scope):
        return ""
    return str(max(found, key=lambda api: api["createdDate"])["apiId"])


def _is_for_another_service(scope: Scope) -> bool:
    """A bucket may share a model's name; but calls to S3 are signed, and the signature names the service."""
    signature = dict(scope["headers"]).get(b"authorization", b"") + unquote_to_bytes(scope["query_string"])
    return (b"AWS4-HMAC-SHA256" in signature) and b"/execute-api/" not in signature
