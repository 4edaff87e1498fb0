"""A deployed model's address that every program can use: http://localhost:PORT/NAME, of the API NAME-local.

AWS gives each API a host of its own, and MiniStack does so below .localhost. Browsers and curl take such names for this
machine; Python, Java and Go ask the resolver, and Debian's knows none of them. MiniStack answers at a path too, with
the API's id in it, which is another one with every new stack.
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
# What MiniStack answers at the root for itself.
RESERVED = ("v2", "health", "restapis")


def install() -> None:
    """CloudFormation says the address; the APIs of stacks that had another one keep both."""
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
    """The first part of its path; empty where it can have none."""
    name = str(api["name"]).removesuffix(STAGE)
    return "" if name in RESERVED or name.startswith("_") or not name.replace("-", "").isalnum() else name


def routed(scope: Scope) -> Scope:
    """A request to a model's address, as MiniStack knows it."""
    if not (api := _api(scope)):
        return scope
    stage = f"/_aws/execute-api/{api}/$default/"
    rest, raw_rest = scope["path"][1:].partition("/")[2], scope["raw_path"][1:].partition(b"/")[2]
    return scope | {"path": stage + rest, "raw_path": stage.encode() + raw_rest}


def page_of(scope: Scope) -> str:
    """Where to go from a model's address without its last slash, from where the links of its page would lead astray."""
    path = str(scope["path"])
    return f"{path}/" if scope["method"] in ("GET", "HEAD") and path.count("/") == 1 and _api(scope) else ""


def _api(scope: Scope) -> str:
    """Whose address it is, by its id; of two with one name the newer's."""
    name = scope["path"][1:].partition("/")[0]
    found = [api for _, api in apigateway._apis.all_items() if name and name_of(api) == name]
    if not found or _is_for_another_service(scope):
        return ""
    return str(max(found, key=lambda api: api["createdDate"])["apiId"])


def _is_for_another_service(scope: Scope) -> bool:
    """A bucket may have the same name as a model; but calls to S3 are signed, with its name in them."""
    signature = dict(scope["headers"]).get(b"authorization", b"") + unquote_to_bytes(scope["query_string"])
    return (b"AWS4-HMAC-SHA256" in signature) and b"/execute-api/" not in signature
