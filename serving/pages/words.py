"""JSON Schema in words, for the readable form of the API document."""

import re
from typing import Any

from serving.pages.schemas import Json

_KINDS = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
}
# Limits beyond this are only those of the number format, so they are not mentioned.
_NO_NEWS = 1e15
# Longer texts in an example are pictures and the like, which nobody reads.
_LONGEST = 80


def resolved(document: Json, schema: Json) -> Json:
    """The schema or response with its references resolved."""
    while "$ref" in schema:
        found: Any = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def kind(document: Json, schema: Json) -> str:
    """The kinds of value that a schema allows, in words."""
    schema = resolved(document, schema)
    if choices := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(_choice(document, choice) for choice in choices))
    if "enum" in schema:
        return " or ".join(f"“{value}”" for value in schema["enum"])
    if schema.get("format") == "binary":
        return "bytes"
    if schema.get("contentEncoding") == "base64":
        return "base64 of bytes"
    names = schema.get("type")
    return " or ".join(_named(document, name, schema) for name in (names if isinstance(names, list) else [names]))


def _named(document: Json, name: object, schema: Json) -> str:
    if name == "array":
        return _list(document, schema)
    if name == "object":
        return _object(document, schema)
    if name == "null":
        return "null"
    return ", ".join([_KINDS.get(str(name), "anything"), *_limits(schema)])


def _choice(document: Json, schema: Json) -> str:
    return f"{kind(document, schema)} (“{schema['title']}”)" if "title" in schema else kind(document, schema)


def _limits(schema: Json) -> list[str]:
    units = [schema["x-unit"]] if "x-unit" in schema else []
    if schema.get("multipleOf") == 1:
        units.append("whole")
    return units + [
        text.format(f"{schema[name]:,}")
        for name, text in _LIMITS.items()
        if name in schema and abs(schema[name]) < _NO_NEWS
    ]


def _list(document: Json, schema: Json) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    count = f"{least} to {most:,} entries" if most else f"{least} or more entries" if least else "entries"
    if least == most:
        count = f"{least} entries"
    return f"a list of {count}, each {kind(document, schema.get('items', {}))}"


def _object(document: Json, schema: Json) -> str:
    if fields := schema.get("properties"):
        inner = ", ".join(f"{name}: {kind(document, field)}" for name, field in fields.items())
        return f"an object of {inner}"
    return "an object"


def shortened(text: str) -> str:
    """The JSON text with its long strings shortened."""
    return re.sub(
        f'"([^"\\\\]{{{_LONGEST},}})"',
        lambda found: f'"{found[1][:24]}… {len(found[1]):,} characters"',
        text,
    )
