"""The credentials that a request needs if the API is not public, by AUTH_LAMBDA: a signature, or a token.

iam: a signature with the current AWS credentials. jwt: the token in API_TOKEN.
"""

from __future__ import annotations

import os
import urllib.parse

# API Gateway's service name for calls to an API.
SERVICE = "execute-api"


class Unauthorized(Exception):
    """A message for a caller who has neither."""


def headers(method: str, url: urllib.parse.SplitResult, target: str, body: str | bytes | None) -> dict[str, str]:
    """The headers to add to the request. `target` is its path and query."""
    how = os.environ.get("AUTH_LAMBDA", "none")
    if how == "jwt":
        return {"Authorization": f"Bearer {token()}"}
    if how == "iam":
        return signature(method, f"{url.scheme}://{url.netloc}{target}", body)
    return {}


def token() -> str:
    found = os.environ.get("API_TOKEN")
    if not found:
        raise Unauthorized("the API takes whoever has a token: export API_TOKEN=…, one of ISSUER_LAMBDA's")
    return found


def signature(method: str, address: str, body: str | bytes | None) -> dict[str, str]:
    # Imported here, as only signed requests need them.
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise Unauthorized("the API takes requests that an AWS principal has signed, and there are no AWS credentials")
    request = AWSRequest(method, address, data=body or b"")
    SigV4Auth(credentials.get_frozen_credentials(), SERVICE, session.region_name or "us-east-1").add_auth(request)
    return dict(request.headers.items())
