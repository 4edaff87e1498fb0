"""AWS's services, as whoever runs this asks them."""

from __future__ import annotations

from typing import Any

import boto3
import boto3.exceptions
import botocore.config
import botocore.exceptions

# What a service refuses, or whoever cannot be reached.
# The last is what an upload of a file ends with.
FAILED = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, boto3.exceptions.Boto3Error)

# The function has ended by then; a retry would ask a second time.
ONCE = botocore.config.Config(read_timeout=40, retries={"total_max_attempts": 1})


def client(service: str) -> Any:
    """It asks again where there are too many calls, as AWS_RETRY_MODE and AWS_MAX_ATTEMPTS say."""
    make: Any = boto3.client
    return make(service)


def invoking() -> Any:
    """For requests to a function, which count."""
    make: Any = boto3.client
    return make("lambda", config=ONCE)
