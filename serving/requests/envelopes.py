"""The envelopes in which AWS delivers requests and expects answers.

There is one class per kind of envelope. It is made from the event, `request()` opens it, and `envelope()` wraps the
answer. Recorded samples of each are in tests/serving/requests/samples.
"""

from abc import ABC, abstractmethod
from binascii import b2a_base64
from collections.abc import Iterable
from os import urandom
from typing import Any, Protocol

import msgspec

from serving.requests import shapes
from serving.requests.errors import Invalid, writable
from serving.requests.explanations import explain
from serving.requests.messages import JSON, Request, Response

_LONGEST_ID = 200
# Characters gone through for the parameters of a path.
_MOST_REPLACED = 100_000


class Delivery(Protocol):
    """A request in its envelope."""

    def request(self) -> Request: ...

    def envelope(self, response: Response) -> Any: ...


def receive(event: Any, direct_path: str) -> Delivery:
    """The envelope of an event, recognised by its shape. An event from no gateway is itself the request."""
    if isinstance(event, dict) and isinstance(context := event.get("requestContext"), dict):
        if isinstance(http := context.get("http"), dict) and isinstance(http.get("method"), str):
            return HttpApi(event)
        if isinstance(event.get("httpMethod"), str):
            return LoadBalancer(event) if "elb" in context else RestApi(event)
    return Direct(event, direct_path)


def is_chunk(event: Any) -> bool:
    """Whether the event is a chunk of a batch. Gateways' events have more keys, so HTTP cannot send one."""
    return isinstance(event, dict) and len(event) == 1 and isinstance(event.get("batch"), dict)


def request_id(event: Any, context: object) -> str:
    """The id in Lambda's own log lines, or else the gateway's, or else a new one."""
    if given := getattr(context, "aws_request_id", None):
        return _id(str(given))
    gateway = event.get("requestContext") if isinstance(event, dict) else None
    if isinstance(gateway, dict) and isinstance(given := gateway.get("requestId"), str) and given:
        return _id(given)
    return urandom(16).hex()


def _id(given: str) -> str:
    return writable(given[:_LONGEST_ID])


class Gateway(ABC):
    """What all gateways share. A malformed event becomes a request that is refused."""

    def __init__(self, event: dict[str, Any]) -> None:
        self._event = event

    def request(self) -> Request:
        try:
            return self._read()
        except msgspec.ValidationError as error:
            return Request("", "", refused=explain(error))
        except UnicodeEncodeError:
            return Request("", "", refused=Invalid("The event is not valid UTF-8.", code="not_utf8"))

    def envelope(self, response: Response) -> dict[str, Any]:
        return {"statusCode": response.status, "headers": response.headers, **_encoded(response)}

    @abstractmethod
    def _read(self) -> Request: ...


class HttpApi(Gateway):
    """API Gateway HTTP API with payload format 2.0, and function URLs, which use the same format."""

    def _read(self) -> Request:
        event = shapes.shaped(self._event, shapes.HttpEvent)
        return Request(
            method=event.requestContext.http.method,
            path=_without_stage(event.rawPath or "/", event.requestContext.stage),
            query=event.rawQueryString or "",
            headers=_lower_case(event.headers),
            body=event.body or "",
            base64=event.isBase64Encoded is True,
        )


class RestApi(Gateway):
    """API Gateway REST API, and HTTP API with payload format 1.0."""

    def _read(self) -> Request:
        event = shapes.shaped(self._event, shapes.Event)
        return _request(event, self._path(event), encode=True)

    def _path(self, event: shapes.Event) -> str:
        # Behind a custom domain, `path` begins with the domain's base path and only `resource` does not.
        # HTTP APIs put the stage there instead.
        path = event.path or "/"
        resource = event.resource or ""
        parameters = event.pathParameters or {}
        for name, value in parameters.items() if len(parameters) * len(resource) <= _MOST_REPLACED else ():
            # Replace once: a real resource has each name once, and a forged one could make the text explode.
            resource = resource.replace(f"{{{name}+}}", value, 1).replace(f"{{{name}}}", value, 1)
        if resource == "/" or (resource.startswith("/") and path.endswith(resource)):
            return resource
        return _without_stage(path, event.requestContext.stage)


class LoadBalancer(Gateway):
    """Application Load Balancer. With multi-value headers enabled, it sends and expects only those."""

    def _read(self) -> Request:
        event = shapes.shaped(self._event, shapes.Event)
        # Only the load balancer passes query parameters on still encoded.
        return _request(event, event.path or "/", encode=False)

    def envelope(self, response: Response) -> dict[str, Any]:
        from http import HTTPStatus

        headers: dict[str, Any] = {"headers": response.headers}
        if "multiValueHeaders" in self._event:
            headers = {"multiValueHeaders": {k: [v] for k, v in response.headers.items()}}
        return {
            "statusCode": response.status,
            "statusDescription": f"{response.status} {HTTPStatus(response.status).phrase}",
            **headers,
            **_encoded(response),
        }


class Direct:
    """`aws lambda invoke`, Step Functions, or `curl` against the emulator: no HTTP on either side.

    An error is returned as its object, like any other result: that is what the person who typed the request wants
    to read.
    """

    def __init__(self, event: Any, path: str) -> None:
        self._event = event
        self._path = path

    def request(self) -> Request:
        return Request(method="POST", path=self._path, value=self._event)

    def envelope(self, response: Response) -> Any:
        return msgspec.json.decode(response.body)


def _without_stage(path: str, stage: str | None) -> str:
    """The path within the API: AWS puts the name of a named stage before it."""
    prefix = f"/{stage}"
    if stage and (path == prefix or path.startswith(prefix + "/")):
        return path[len(prefix) :] or "/"
    return path


def _request(event: shapes.Event, path: str, *, encode: bool) -> Request:
    return Request(
        method=event.httpMethod,
        path=path,
        query=_query(event, encode=encode),
        headers=_lower_case(event.headers, event.multiValueHeaders),
        body=event.body or "",
        base64=event.isBase64Encoded is True,
    )


def _lower_case(single: shapes.Names, several: shapes.Lists = None) -> dict[str, str]:
    """The headers by lower-case name. If a header was sent twice, the last one counts, as in gateways."""
    headers = {name.lower(): values[-1] for name, values in (several or {}).items() if values}
    headers.update((name.lower(), value) for name, value in (single or {}).items())
    return headers


def _query(event: shapes.Event, *, encode: bool) -> str:
    """The query string, rebuilt from its parsed parameters."""
    pairs: Iterable[tuple[str, str]]
    if several := event.multiValueQueryStringParameters:
        pairs = [(name, value) for name, values in several.items() for value in values]
    elif single := event.queryStringParameters:
        pairs = single.items()
    else:
        return ""
    if not encode:
        return "&".join(f"{name}={value}" for name, value in pairs)
    from urllib.parse import urlencode

    return urlencode(list(pairs))


def _encoded(response: Response) -> dict[str, Any]:
    """The body in the two fields that all gateways share. Text stays text, because people read events."""
    content_type = response.headers.get("content-type", JSON)
    if content_type.startswith(("text/", JSON)):
        return {"body": response.body.decode(), "isBase64Encoded": False}
    return {"body": b2a_base64(response.body, newline=False).decode(), "isBase64Encoded": True}
