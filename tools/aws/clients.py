"""Clients of AWS services, with the current credentials."""

from __future__ import annotations

from typing import Any

import boto3
import boto3.exceptions
import botocore.config
import botocore.exceptions

# Refusals by a service, and failures to reach it.
# The last is what a failed file upload raises.
FAILED = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, boto3.exceptions.Boto3Error)

# No retries: by then the function may have run, and would run again.
ONCE = botocore.config.Config(read_timeout=40, retries={"total_max_attempts": 1})


def client(service: str) -> Any:
    """A client that retries throttled calls, as AWS_RETRY_MODE and AWS_MAX_ATTEMPTS say."""
    make: Any = boto3.client
    return make(service)


def invoking() -> Any:
    """A client for requests to a function, where every call counts."""
    make: Any = boto3.client
    return make("lambda", config=ONCE)
