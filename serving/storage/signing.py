"""What asking a service of Amazon's takes: where it is, who asks, and a signature.

An SDK would take 130 ms to import.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

# How long the address of the credentials may take, which is on this machine.
SECONDS = 20.0
# When they end, where they came from that address.
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


class Unreadable(RuntimeError):
    """What was asked for cannot be had."""


class Where(NamedTuple):
    """A host, and a path there."""

    secure: bool
    host: str
    path: str = "/"
    # Whether somebody named another service than Amazon's own.
    is_named: bool = False

    def connection(self, seconds: float) -> HTTPConnection:
        if self.secure:
            from serving.fetching.connection import tls

            return HTTPSConnection(self.host, timeout=seconds, context=tls())
        return HTTPConnection(self.host, timeout=seconds)


def service(name: str, environment: Mapping[str, str]) -> Where:
    """Where a service is. AWS_ENDPOINT_URL names another than Amazon's."""
    endpoint = environment.get(f"AWS_ENDPOINT_URL_{name.upper()}") or environment.get("AWS_ENDPOINT_URL")
    if endpoint:
        url = urlsplit(endpoint)
        return Where(url.scheme == "https", url.netloc, is_named=True)
    region = environment["AWS_REGION"]
    return Where(True, f"{name}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}")


def credentials(environment: Mapping[str, str], seconds: float = SECONDS) -> Mapping[str, str]:
    """The function's own: in the environment or, where a snapshot will be taken, at an address that it names."""
    address = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if "AWS_SECRET_ACCESS_KEY" in environment or not address:
        return environment
    url = urlsplit(address)
    connection = HTTPConnection(url.netloc, timeout=seconds)
    try:
        token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        connection.request("GET", url.path, headers={"authorization": token})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise Unreadable(f"{address} gives no credentials: status {response.status} {content[:200]!r}")
    found = json.loads(content)
    return {
        **environment,
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["Token"],
        EXPIRATION: found.get("Expiration", ""),
    }


def signed(
    method: str,
    at: Where,
    service: str,
    who: Mapping[str, str],
    now: datetime,
    headers: Mapping[str, str],
    digest: str,
) -> dict[str, str]:
    """The headers of a request with these among them and a body of that digest (Signature Version 4)."""
    region, date = who.get("AWS_REGION", "us-east-1"), now.strftime("%Y%m%d")
    given = {**headers, "host": at.host, "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ")}
    if token := who.get("AWS_SESSION_TOKEN"):
        given["x-amz-security-token"] = token
    names = ";".join(sorted(given))
    lines = "".join(f"{name}:{given[name]}\n" for name in sorted(given))
    request = f"{method}\n{at.path}\n\n{lines}\n{names}\n{digest}"
    scope = f"{date}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{given['x-amz-date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = b"AWS4" + who["AWS_SECRET_ACCESS_KEY"].encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{who['AWS_ACCESS_KEY_ID']}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**given, "authorization": authorization}
