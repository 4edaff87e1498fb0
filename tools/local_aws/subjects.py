"""The resource of a call, where MiniStack does not know it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation

Function = Callable[..., Any]


def knowing_more(extract: Function) -> Function:
    @functools.wraps(extract)
    def extracting(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *where: str) -> str:
        if service == "cloudformation":
            return stack(query, *where)
        if service == "execute-api":
            return path_of_an_api(method, path, headers, *where)
        if service == "iam" and (source := first(query, "PolicySourceArn")):
            return source
        if service == "states" and (run := json.loads(body or b"{}").get("mapRunArn")):
            return str(run)
        found = extract(service, method, path, headers, body, query, *where)
        if service == "ecr" and found == "*":
            return repository(body, *where)
        return str(found)

    return extracting


def stack(query: dict[str, Any], region: str, account: str) -> str:
    """The stack's ARN, as on AWS, even before it exists."""
    name = first(query, "StackName")
    if not name or name.startswith("arn:"):
        return name or "*"
    known = cloudformation._stacks.get(name) or {}
    return str(known.get("StackId") or f"arn:aws:cloudformation:{region}:{account}:stack/{name}/*")


def first(query: dict[str, Any], name: str) -> str:
    value = query.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def path_of_an_api(method: str, path: str, headers: dict[str, str], region: str, account: str) -> str:
    """The host name begins with the API's id; each API has just one stage."""
    api = headers.get("host", "").partition(".")[0]
    return f"arn:aws:execute-api:{region}:{account}:{api}/$default/{method}{path}"


def repository(body: bytes, region: str, account: str) -> str:
    names = json.loads(body or b"{}").get("repositoryNames") or []
    return f"arn:aws:ecr:{region}:{account}:repository/{names[0]}" if len(names) == 1 else "*"
