"""boto3's clients of an AWS on this machine."""

from __future__ import annotations

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
