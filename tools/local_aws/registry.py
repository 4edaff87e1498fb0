"""Who makes a call of the registry protocol, and whether they may push.

`docker push` sends a password instead of a signature, and everybody has the same one. So the repository's name tells
the caller, who has the same name. Reads are not checked: Lambda and the engine read, too.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from ministack.app import AUTH
from ministack.core.responses import get_account_id, get_region, set_request_account_id, set_request_region
from ministack.services import ecr, iam

from tools.local_aws import permission
from tools.local_aws.registry_actions import CALLS

WRITING = {"POST", "PATCH", "PUT"}


def install() -> None:
    ecr._select_registry_request_scope = _of_any_account(ecr._select_registry_request_scope)


def _of_any_account(select: Callable[..., None]) -> Callable[..., None]:
    """One host serves the registries of all accounts, so use the account that has this repository."""

    @functools.wraps(select)
    def selecting(name: str, headers: Any, query: Any) -> None:
        select(name, headers, query)
        if name and name not in ecr._repositories:
            places = [key for key, _ in ecr._repositories.all_items() if key[2] == name]
            if len(places) == 1:
                set_request_account_id(places[0][0])
                set_request_region(places[0][1])

    return selecting


def denial(method: str, path: str) -> bytes:
    """The body of the registry's status 403 for a caller who may not write there; empty if they may."""
    written = re.match(r"/v2/(.+?)/(blobs/uploads|manifests)/", path)
    if method not in WRITING or not written or not AUTH:
        return b""
    repository = written[1]
    key = next((key for key, record in iam._access_keys.items() if record["UserName"] == repository), "")
    if not key:
        return b""
    try:
        permission.ask(key, _action(method, path), _address(repository))
    except permission.AccessDeniedError as denied:
        return json.dumps({"errors": [{"code": "DENIED", "message": str(denied)}]}).encode()
    return b""


def _address(repository: str) -> str:
    """The repository's ARN. The protocol has no regions, so use the region that has this repository."""
    kept = ((region, name) for (_, region, name), _ in ecr._repositories.all_items())
    region = next((region for region, name in kept if name == repository), get_region())
    return f"arn:aws:ecr:{region}:{get_account_id()}:repository/{repository}"


def _action(method: str, path: str) -> str:
    return next(name for way, start, name in CALLS if re.fullmatch(way, method) and re.match(start, path))
