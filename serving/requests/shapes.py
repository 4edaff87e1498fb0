"""What gateways send, as far as it is read here. An event that claims to be one of theirs is held to it."""

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
    """Payload format 1.0, and a load balancer's."""

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
    """A ValidationError where it is not, a UnicodeEncodeError for half a character among its names."""
    return msgspec.convert(event, shape)
