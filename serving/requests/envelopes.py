"""The envelopes in which AWS delivers requests, and how each wants its answer back.

One class a kind: it is made from the event, `request()` opens it, `envelope()` wraps the answer.
Recorded samples of each stand in tests/serving/requests/samples.
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


class Delivery(Protocol):
    """An event that was opened and waits for its answer."""

    def request(self) -> Request: ...

    def envelope(self, response: Response) -> Any: ...


def receive(event: Any, direct_path: str) -> Delivery:
    """Tell by its shape who sent an event. What no gateway sent is the request itself."""
    if isinstance(event, dict) and isinstance(context := event.get("requestContext"), dict):
        if isinstance(http := context.get("http"), dict) and isinstance(http.get("method"), str):
            return HttpApi(event)
        if isinstance(event.get("httpMethod"), str):
            return LoadBalancer(event) if "elb" in context else RestApi(event)
    return Direct(event, direct_path)


def is_chunk(event: Any) -> bool:
    """Whether it is a part of a batch. Gateways send more than this, so nobody gets here by HTTP."""
    return isinstance(event, dict) and len(event) == 1 and isinstance(event.get("batch"), dict)


def request_id(event: Any, context: object) -> str:
    """The id under which Lambda's own log lines stand, else the gateway's, else a fresh one."""
    if given := getattr(context, "aws_request_id", None):
        return _id(str(given))
    gateway = event.get("requestContext") if isinstance(event, dict) else None
    if isinstance(gateway, dict) and isinstance(given := gateway.get("requestId"), str) and given:
        return _id(given)
    return urandom(16).hex()


def _id(given: str) -> str:
    return writable(given[:_LONGEST_ID])


class Gateway(ABC):
    """What all gateways share. An event that only looks like one of theirs becomes a request that is refused."""

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
    """API Gateway HTTP API, payload format 2.0, and function URLs, which use the same one."""

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
        # Behind a custom domain `path` begins with the domain's base path, which only `resource`
        # lacks; HTTP APIs put the stage there instead.
        path = event.path or "/"
        resource = event.resource or ""
        for name, value in (event.pathParameters or {}).items():
            # Once: each stands there once, and what stands there often was written to grow.
            resource = resource.replace(f"{{{name}+}}", value, 1).replace(f"{{{name}}}", value, 1)
        if resource == "/" or (resource.startswith("/") and path.endswith(resource)):
            return resource
        return _without_stage(path, event.requestContext.stage)


class LoadBalancer(Gateway):
    """Application Load Balancer. With multi-value headers on, it sends and wants those alone."""

    def _read(self) -> Request:
        event = shapes.shaped(self._event, shapes.Event)
        # It alone hands the query string on as it came, still encoded.
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

    An error is answered like any other result, as its object, for that is what whoever typed the
    request wants to read.
    """

    def __init__(self, event: Any, path: str) -> None:
        self._event = event
        self._path = path

    def request(self) -> Request:
        return Request(method="POST", path=self._path, value=self._event)

    def envelope(self, response: Response) -> Any:
        return msgspec.json.decode(response.body)


def _without_stage(path: str, stage: str | None) -> str:
    """The path within the API: a stage with a name is the first part of the path AWS sends."""
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
    """Headers by lower-case name; of a header sent twice, the last, as gateways do it."""
    headers = {name.lower(): values[-1] for name, values in (several or {}).items() if values}
    headers.update((name.lower(), value) for name, value in (single or {}).items())
    return headers


def _query(event: shapes.Event, *, encode: bool) -> str:
    """The query string, put together again from its parts."""
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
    """A body in the two fields every gateway shares. Text stays text, for people read events."""
    content_type = response.headers.get("content-type", JSON)
    if content_type.startswith(("text/", JSON)):
        return {"body": response.body.decode(), "isBase64Encoded": False}
    return {"body": b2a_base64(response.body, newline=False).decode(), "isBase64Encoded": True}
