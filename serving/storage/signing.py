"""What a call to an AWS service needs: its address, credentials and a signature.

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

# The timeout of the credentials endpoint, which is on this machine.
SECONDS = 20.0
# When credentials from that endpoint expire.
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


class Unreadable(RuntimeError):
    """A download or the credentials could not be read."""


class Where(NamedTuple):
    """A host and a path on it."""

    secure: bool
    host: str
    path: str = "/"
    # Whether AWS_ENDPOINT_URL replaces Amazon's service.
    is_named: bool = False

    def connection(self, seconds: float) -> HTTPConnection:
        if self.secure:
            from serving.fetching.connection import tls

            return HTTPSConnection(self.host, timeout=seconds, context=tls())
        return HTTPConnection(self.host, timeout=seconds)


def service(name: str, environment: Mapping[str, str]) -> Where:
    """The address of a service. AWS_ENDPOINT_URL replaces Amazon's service."""
    endpoint = environment.get(f"AWS_ENDPOINT_URL_{name.upper()}") or environment.get("AWS_ENDPOINT_URL")
    if endpoint:
        url = urlsplit(endpoint)
        return Where(url.scheme == "https", url.netloc, is_named=True)
    region = environment["AWS_REGION"]
    return Where(True, f"{name}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}")


def credentials(environment: Mapping[str, str], seconds: float = SECONDS) -> Mapping[str, str]:
    """The function's credentials: from the environment or, under SnapStart, from the endpoint that it names."""
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
    """The given headers with a Signature Version 4 for the request, whose body has the given digest."""
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
