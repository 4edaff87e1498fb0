"""The OpenAPI 3.1 document, made from the routes and from the types that validate.

Imported by the first request that asks for the document; predictions do not need it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from serving.requests.errors import Code, Error
from serving.requests.messages import JSON
from serving.requests.routes import Operation, Route

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"

# By status: the name under which it stands in the document, and what it means.
_ERRORS = {
    400: ("Invalid", "The request is not valid; `field` says where."),
    404: ("NotFound", "There is nothing at this path."),
    405: ("MethodNotAllowed", "The path does not take this method; `Allow` says which it takes."),
    413: ("TooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body's Content-Type is not taken."),
    500: ("Fault", "Our own fault. `request_id` finds it in the log."),
}

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

# What fits a double. Validation refuses what does not, so the schema has to say it.
_LARGEST = 1.7976931348623157e308


def document(info: Mapping[str, str], routes: Iterable[Route]) -> Json:
    """Describe every route."""
    routes = list(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {**info, "version": info["version"] or "0"},
        # Relative to the document itself, so that it holds behind a stage or a base path.
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": _components(routes),
            "responses": {
                name: {"description": text, "content": {JSON: {"schema": _schema(Error)}}}
                for name, text in _ERRORS.values()
            },
        },
    }


def _operation(route: Route) -> Json:
    what = route.operation
    described: Json = {
        "operationId": f"{route.method} {route.path}".lower(),
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
            "content": {name: _body(what, name) for name in what.media_types},
        }
    elif what.query:
        described["parameters"] = _parameters(what.query)
    return described


def _statuses(what: Operation) -> list[int]:
    if what.media_types:
        return [400, 413, 415, 500]
    return [400, 500] if what.query else [500]


def _error(status: int) -> Json:
    return {"$ref": f"#/components/responses/{_ERRORS[status][0]}"}


def _answer_schema(what: Operation) -> Json:
    return _schema(what.answer) if what.answer else {"type": "string"}


def _body(what: Operation, media_type: str) -> Json:
    if media_type != JSON:
        return {}  # Plain bytes have no schema in OpenAPI 3.1.
    body: Json = {"schema": _schema(what.query)}
    if what.example is not msgspec.UNSET:
        body["example"] = what.example
    if what.columns:
        body["x-columns"] = list(what.columns)
    return body


def _parameters(query: type) -> list[Json]:
    (schema,), components = _described([query])
    fields = components[schema["$ref"].rpartition("/")[2]]
    return [
        {"name": name, "in": "query", "required": name in fields["required"], "schema": field}
        for name, field in fields["properties"].items()
    ]


def _schema(type_: Any) -> Json:
    return _described([type_])[0][0]


def _components(routes: Iterable[Route]) -> Json:
    used = [t for r in routes for t in (r.operation.query, r.operation.answer) if t is not None]
    _, components = _described([*used, Error])
    codes = components["Error"]["properties"]["code"]
    codes |= {"pattern": "^[a-z][a-z0-9_]*$", "examples": list(get_args(Code))}
    return components


def _described(types: list[Any]) -> tuple[list[Json], Json]:
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    return [_portable(schema) for schema in schemas], _portable(components)


def _portable(schema: Any) -> Any:
    """The schema with what msgspec leaves unsaid, and without what other tools stumble over."""
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    portable = {name: _portable(value) for name, value in schema.items()}
    if schema.get("type") == "number":
        if not {"minimum", "exclusiveMinimum"} & schema.keys():
            portable["minimum"] = -_LARGEST
        if not {"maximum", "exclusiveMaximum"} & schema.keys():
            portable["maximum"] = _LARGEST
    if schema.get("contentEncoding") == "base64":
        portable.setdefault("pattern", _BASE64)
    if positions := portable.pop("prefixItems", None):
        # Correct for tuples, and still a crash in generators, viewers and testers.
        portable["items"] = {"anyOf": positions}
    return portable
