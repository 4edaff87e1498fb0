"""What a request must carry where not everybody may call the API, as AUTH_LAMBDA says: a signature, or a token.

iam: the signature of whoever runs this, by the AWS credentials that there are. jwt: the token in API_TOKEN.
"""

from __future__ import annotations

import os
import urllib.parse

# By API Gateway's name for itself where it is called.
SERVICE = "execute-api"


class Unauthorized(Exception):
    """A sentence for whoever has neither."""


def headers(method: str, url: urllib.parse.SplitResult, target: str, body: str | bytes | None) -> dict[str, str]:
    """Those that the request needs beside its own. `target` is its path and query."""
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
    # Imported by those alone who sign.
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise Unauthorized("the API takes whoever signs as an AWS principal, and there are no AWS credentials")
    request = AWSRequest(method, address, data=body or b"")
    SigV4Auth(credentials.get_frozen_credentials(), SERVICE, session.region_name or "us-east-1").add_auth(request)
    return dict(request.headers.items())
