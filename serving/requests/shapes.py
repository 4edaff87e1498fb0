"""The types of gateways' events, as far as they are read here. Events are validated against them."""

from typing import TypeVar

import msgspec

Text = str | None
Names = dict[str, str] | None
Lists = dict[str, list[str]] | None


class Method(msgspec.Struct):
    method: str


class HttpContext(msgspec.Struct):
    http: Method
    stage: Text = None


class HttpEvent(msgspec.Struct):
    """Payload format 2.0."""

    requestContext: HttpContext
    rawPath: Text = None
    rawQueryString: Text = None
    headers: Names = None
    body: Text = None
    isBase64Encoded: bool | None = None


class Context(msgspec.Struct):
    stage: Text = None


class Event(msgspec.Struct):
    """Payload format 1.0, and the format of a load balancer."""

    httpMethod: str
    requestContext: Context
    path: Text = None
    resource: Text = None
    pathParameters: Names = None
    headers: Names = None
    multiValueHeaders: Lists = None
    queryStringParameters: Names = None
    multiValueQueryStringParameters: Lists = None
    body: Text = None
    isBase64Encoded: bool | None = None


Shape = TypeVar("Shape")


def shaped(event: object, shape: type[Shape]) -> Shape:
    """The event as `shape`. Raises a ValidationError, or a UnicodeEncodeError for lone surrogates in its names."""
    return msgspec.convert(event, shape)
