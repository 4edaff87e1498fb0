"""The OpenAPI 3.1 document, made from the routes and from the types that validate requests.

Imported by the first request for the document; predictions do not need it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from serving.pages.schemas import Json, Schemas
from serving.requests.errors import Code, Error
from serving.requests.messages import JSON
from serving.requests.routes import Operation, Route

# Bytes, as client generators expect them. JSON Schema has no type for a body that is not JSON.
_BYTES: Json = {"type": "string", "format": "binary"}

# Accepted from clients that label every body so, but left out of the document, which offers better types.
_UNTRUE = "application/x-www-form-urlencoded"


class Unavailable(msgspec.Struct):
    """What the gateway answers if the model could not."""

    message: Annotated[str, Meta(description="A short text from the gateway")]


# By status: the name in the document, the description, and the type of the body.
_ERRORS = {
    400: ("Invalid", "The request is not valid; `field` says where.", Error),
    413: ("TooLarge", "The body is too large.", Error),
    415: ("UnsupportedMediaType", "The body's Content-Type is not accepted.", Error),
    429: ("TooMany", "Too many requests came at once; try again in a moment.", Unavailable),
    500: ("Fault", "Our own fault. `request_id` finds it in the log.", Error),
    503: ("NotInTime", "No answer came within the 30 seconds that the gateway waits.", Unavailable),
}
_OF_ALL = (429, 500, 503)


def document(info: Mapping[str, str], routes: Iterable[Route]) -> Json:
    """Describe every route."""
    routes = list(routes)
    schemas = Schemas([Error, Unavailable, *_types(routes)])
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(schemas, route)
    return {
        "openapi": "3.1.0",
        "info": _info(**info),
        # Relative to the document itself, so that it works behind a stage or a base path.
        "servers": [{"url": "."}],
        # The API itself needs no credentials. A gateway that needs a key has to document it.
        "security": [],
        "paths": paths,
        "components": {
            "schemas": _components(schemas, routes),
            "responses": {
                name: {"description": text, "content": {JSON: {"schema": schemas.of(shape)}}}
                for name, text, shape in _ERRORS.values()
            },
        },
    }


def _types(routes: Iterable[Route]) -> list[Any]:
    return [type_ for route in routes for type_ in (route.operation.query, route.operation.answer) if type_]


def _info(title: str, description: str, version: str, license: str) -> Json:
    licensed = {"license": {"name": license, "identifier": license}} if license else {}
    return {"title": title, "description": description, "version": version or "0", **licensed}


def _operation(schemas: Schemas, route: Route) -> Json:
    what = route.operation
    described: Json = {
        "operationId": _name(route),
        "summary": what.summary,
        "responses": {
            "200": {
                "description": "The answer",
                "content": {
                    what.answer_media_type: {"schema": schemas.of(what.answer) if what.answer else {"type": "string"}}
                },
            },
            **{str(status): _error(status) for status in _statuses(what)},
        },
    }
    if what.media_types:
        described["requestBody"] = {
            "required": True,
            "content": {name: _body(schemas, what, name) for name in what.media_types if name != _UNTRUE},
        }
    elif what.query:
        described["parameters"] = _parameters(schemas, what.query)
    return described


def _name(route: Route) -> str:
    """The operation id, such as `post_v1_predict`, from which client generators derive function names."""
    words = re.findall("[A-Za-z0-9]+", route.path) or ["root"]
    return "_".join([route.method.lower(), *words])


def _statuses(what: Operation) -> list[int]:
    if what.media_types:
        return sorted(_ERRORS)
    return sorted([*_OF_ALL, *([400] if what.query else [])])


def _error(status: int) -> Json:
    return {"$ref": f"#/components/responses/{_ERRORS[status][0]}"}


def _body(schemas: Schemas, what: Operation, media_type: str) -> Json:
    if media_type != JSON:
        return {"schema": _BYTES}
    body: Json = {"schema": schemas.of(what.query)}
    if examples := _examples(what):
        body["examples"] = examples
    if what.columns:
        body["x-columns"] = list(what.columns)
    return body


def _examples(what: Operation) -> Json:
    """The examples, keyed by a name made from the summary. The handler's `example` comes first."""
    given = {} if what.example is msgspec.UNSET else {"An example": what.example}
    return {
        "_".join(re.findall("[a-z0-9]+", summary.lower())): {"summary": summary, "value": msgspec.to_builtins(value)}
        for summary, value in {**given, **what.examples()}.items()
    }


def _parameters(schemas: Schemas, query: type) -> list[Json]:
    described = schemas.components[schemas.name(query)]
    return [
        {"name": name, "in": "query", "required": name in described["required"], "schema": field}
        for name, field in described["properties"].items()
    ]


def _components(schemas: Schemas, routes: Iterable[Route]) -> Json:
    operations = [route.operation for route in routes]
    # Types whose fields became parameters are not referenced anywhere.
    unused = {schemas.name(what.query) for what in operations if what.query and not what.media_types}
    used = {schemas.name(what.query) for what in operations if what.query and what.media_types}
    codes = schemas.components[schemas.name(Error)]["properties"]["code"]
    codes |= {"pattern": "^[a-z][a-z0-9_]*$", "examples": list(get_args(Code))}
    return {name: schema for name, schema in schemas.components.items() if name not in unused - used}
