"""Sends a request to one version of a function, past the gateway: builds its event and reads the answer."""

from __future__ import annotations

import base64
import json
import urllib.parse
import uuid
from datetime import UTC, datetime
from typing import Any

from tools.aws import clients
from tools.releases import causes
from tools.releases.events import Unanswered

OWN_FAULT = 500


def event(request: dict[str, Any]) -> dict[str, Any]:
    """The event that an HTTP API makes of a request, format 2.0."""
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


class Version:
    """One version of a function. Calling it with a request returns status and body, as the gateway would."""

    def __init__(self, function: str, version: str) -> None:
        self._functions = clients.invoking()
        self._named = {"FunctionName": function, "Qualifier": version}
        self.causes = causes.Causes()

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]:
        said, made = self._invoke(event(request))
        answer = json.loads(said)
        if "FunctionError" in made:
            self.causes.add(causes.of_failure(answer))
            raise Unanswered(f"the function failed: {causes.named(answer)}")
        status, body = read(answer)
        if status >= OWN_FAULT:
            self.causes.add(causes.of_log(base64.b64decode(made.get("LogResult", "")).decode(errors="replace")))
        return status, body

    def _invoke(self, payload: dict[str, Any]) -> tuple[bytes, Any]:
        try:
            made = self._functions.invoke(**self._named, LogType="Tail", Payload=json.dumps(payload))
        except clients.FAILED as error:
            raise Unanswered(str(error)) from error
        return made["Payload"].read(), made


def read(answer: Any) -> tuple[int, Any]:
    """Status and body of a function's result."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise Unanswered(f"the function did not return an HTTP answer: {json.dumps(answer)[:500]}")
    return answer["statusCode"], body(answer)


def body(answer: dict[str, Any]) -> Any:
    """The body of an answer to the gateway, parsed if it is JSON."""
    content = answer.get("body", "")
    if answer.get("isBase64Encoded"):
        content = base64.b64decode(content).decode(errors="replace")
    try:
        return json.loads(content)
    except ValueError:
        return content
