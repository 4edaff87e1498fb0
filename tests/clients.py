"""boto3 clients for an AWS on this machine."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3


@cache
def client(port: int, service: str, region: str = "us-east-1") -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def aws_at(address: str) -> dict[str, str]:
    """An environment in which boto3 uses this AWS and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "TZ": "UTC",
    }
