"""A request to one version of a function, past the gateway: as the gateway's own event, and its answer read back."""

from __future__ import annotations

import base64
import json
import urllib.parse
import uuid
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

from tools.releases.events import Unanswered

# The function has ended by then; a retry would ask a second time.
CONFIG = botocore.config.Config(read_timeout=40, retries={"total_max_attempts": 1})


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, config=CONFIG)


def event(request: dict[str, Any]) -> dict[str, Any]:
    """What an HTTP API makes of a request, format 2.0."""
    path, _, query = str(request["path"]).partition("?")
    content = json.dumps(request["body"]).encode() if "body" in request else request.get("content", b"")
    headers = {"host": "gate.invalid", "content-type": "application/json"}
    headers |= {name.lower(): value for name, value in request.get("headers", {}).items()}
    now = datetime.now(UTC)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "gate",
            "domainName": "gate.invalid",
            "http": {
                "method": request["method"],
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "pipeline.sh",
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": bool(content),
    }
    if query:
        made["queryStringParameters"] = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if content:
        made["body"] = base64.b64encode(content).decode()
    return made


def ask(functions: Any, function: str, version: str, request: dict[str, Any]) -> tuple[int, Any]:
    """Status and body, as the gateway would hand them on."""
    try:
        made = functions.invoke(FunctionName=function, Qualifier=version, Payload=json.dumps(event(request)))
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Unanswered(str(error)) from error
    said = made["Payload"].read()
    if "FunctionError" in made:
        raise Unanswered(f"the function failed: {said.decode(errors='replace')[:500]}")
    answer = json.loads(said)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise Unanswered(f"the function returned what is no HTTP answer: {said.decode(errors='replace')[:500]}")
    body = answer.get("body", "")
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body).decode(errors="replace")
    try:
        return answer["statusCode"], json.loads(body)
    except ValueError:
        return answer["statusCode"], body
