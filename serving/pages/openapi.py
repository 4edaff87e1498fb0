"""The OpenAPI 3.1 document, made from the routes and from the types that validate.

Imported by the first request that asks for the document; predictions do not need it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from serving.pages import schemas
from serving.pages.schemas import Json
from serving.requests.errors import Code, Error
from serving.requests.messages import JSON
from serving.requests.routes import Operation, Route

# Bytes, as generators know them. JSON Schema has no word for a body that is no JSON.
_BYTES: Json = {"type": "string", "format": "binary"}

# Taken from clients that put it on whatever they send. Who reads the document has better types to choose from.
_UNTRUE = "application/x-www-form-urlencoded"


class Unavailable(msgspec.Struct):
    """What the gateway answers where the model could not."""

    message: Annotated[str, Meta(description="Of the gateway, a few words")]


# By status: the name under which it stands in the document, what it means, and its shape.
_ERRORS = {
    400: ("Invalid", "The request is not valid; `field` says where.", Error),
    413: ("TooLarge", "The body is too large.", Error),
    415: ("UnsupportedMediaType", "The body's Content-Type is not taken.", Error),
    429: ("TooMany", "More requests came at once than are answered; try again in a moment.", Unavailable),
    500: ("Fault", "Our own fault. `request_id` finds it in the log.", Error),
    503: ("NotInTime", "No answer came within the 30 seconds that the gateway waits.", Unavailable),
}
_OF_ALL = (429, 500, 503)


def document(info: Mapping[str, str], routes: Iterable[Route]) -> Json:
    """Describe every route."""
    routes = list(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": _info(**info),
        # Relative to the document itself, so that it holds behind a stage or a base path.
        "servers": [{"url": "."}],
        # Whoever has the address may ask. A key that a gateway wants is the gateway's to describe.
        "security": [],
        "paths": paths,
        "components": {
            "schemas": _components(routes),
            "responses": {
                name: {"description": text, "content": {JSON: {"schema": schemas.schema(shape)}}}
                for name, text, shape in _ERRORS.values()
            },
        },
    }


def _info(title: str, description: str, version: str, license: str) -> Json:
    licensed = {"license": {"name": license, "identifier": license}} if license else {}
    return {"title": title, "description": description, "version": version or "0", **licensed}


def _operation(route: Route) -> Json:
    what = route.operation
    described: Json = {
        "operationId": _name(route),
        "summary": what.summary,
        "responses": {
            "200": {
                "description": "The answer",
                "content": {what.answer_media_type: {"schema": _answer_schema(what)}},
            },
            **{str(status): _error(status) for status in _statuses(what)},
        },
    }
    if what.media_types:
        described["requestBody"] = {
            "required": True,
            "content": {name: _body(what, name) for name in what.media_types if name != _UNTRUE},
        }
    elif what.query:
        described["parameters"] = _parameters(what.query)
    return described


def _name(route: Route) -> str:
    """`post_v1_predict`: generators make the names of functions of it."""
    words = re.findall("[A-Za-z0-9]+", route.path) or ["root"]
    return "_".join([route.method.lower(), *words])


def _statuses(what: Operation) -> list[int]:
    if what.media_types:
        return sorted(_ERRORS)
    return sorted([*_OF_ALL, *([400] if what.query else [])])


def _error(status: int) -> Json:
    return {"$ref": f"#/components/responses/{_ERRORS[status][0]}"}


def _answer_schema(what: Operation) -> Json:
    return schemas.schema(what.answer) if what.answer else {"type": "string"}


def _body(what: Operation, media_type: str) -> Json:
    if media_type != JSON:
        return {"schema": _BYTES}
    body: Json = {"schema": schemas.schema(what.query)}
    if examples := _examples(what):
        body["examples"] = examples
    if what.columns:
        body["x-columns"] = list(what.columns)
    return body


def _examples(what: Operation) -> Json:
    found = {"example": {"summary": "An example", "value": what.example}}
    if what.example is msgspec.UNSET:
        found.clear()
    for summary, value in what.examples().items():
        name = "_".join(re.findall("[a-z0-9]+", summary.lower()))
        found[name] = {"summary": summary, "value": msgspec.to_builtins(value)}
    return found


def _parameters(query: type) -> list[Json]:
    described = schemas.fields(query)
    return [
        {"name": name, "in": "query", "required": name in described["required"], "schema": field}
        for name, field in described["properties"].items()
    ]


def _components(routes: Iterable[Route]) -> Json:
    used: list[Any] = [t for r in routes for t in (r.operation.query, r.operation.answer) if t is not None]
    _, components = schemas.described([*used, Error, Unavailable])
    codes = components["Error"]["properties"]["code"]
    codes |= {"pattern": "^[a-z][a-z0-9_]*$", "examples": list(get_args(Code))}
    return components
