"""What a schema says, in words for people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serving.pages import words

DOCUMENT: dict[str, Any] = {
    "components": {"schemas": {"Size": {"$ref": "#/components/schemas/Real"}, "Real": {"type": "number", "minimum": 0}}}
}
NUMBER = {"type": "number"}
SAID = [
    ({"type": "string"}, "text"),
    ({"type": "string", "minLength": 1, "maxLength": 2000}, "text, at least 1 characters, at most 2,000 characters"),
    ({"type": "integer"}, "a whole number"),
    ({"type": "boolean"}, "true or false"),
    ({"type": "null"}, "null"),
    ({}, "anything"),
    ({"type": "number", "minimum": 1, "maximum": 5}, "a number, at least 1, at most 5"),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "a number, more than 0, less than 1"),
    ({"type": "number", "minimum": -1e15, "maximum": 1e15}, "a number"),
    ({"type": "number", "maximum": 1e14}, "a number, at most 100,000,000,000,000.0"),
    ({"type": "number", "x-unit": "kg", "multipleOf": 1, "maximum": 9}, "a number, kg, whole, at most 9"),
    ({"type": "number", "multipleOf": 2}, "a number"),
    ({"type": ["number", "null"]}, "a number or null"),
    ({"$ref": "#/components/schemas/Size"}, "a number, at least 0"),
    ({"anyOf": [NUMBER, NUMBER, {"type": "null"}]}, "a number or null"),
    (
        {"anyOf": [NUMBER | {"title": "Length"}, NUMBER | {"title": "Width"}]},
        "a number (“Length”) or a number (“Width”)",
    ),
    ({"enum": ["usd", "eur"]}, "“usd” or “eur”"),
    ({"type": "string", "format": "binary"}, "bytes"),
    ({"type": "string", "format": "uri"}, "text"),
    ({"type": "string", "contentEncoding": "base64"}, "base64 of bytes"),
    ({"type": "array", "items": NUMBER}, "a list of entries, each a number"),
    ({"type": "array"}, "a list of entries, each anything"),
    ({"type": "array", "items": NUMBER, "minItems": 1}, "a list of 1 or more entries, each a number"),
    ({"type": "array", "items": NUMBER, "maxItems": 1000}, "a list of 0 to 1,000 entries, each a number"),
    ({"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}, "a list of 3 entries, each a number"),
    ({"type": "object"}, "an object"),
    ({"type": "object", "properties": {"a": NUMBER, "b": {}}}, "an object of a: a number, b: anything"),
]


@pytest.mark.parametrize(("schema", "said"), SAID, ids=[said for _, said in SAID])
def test_a_value_is_told_in_words(schema: Any, said: str) -> None:
    assert words.kind(DOCUMENT, schema) == said


def test_a_text_that_nobody_would_read_is_cut_short() -> None:
    assert words.shortened(json.dumps({"a": "x" * 79})) == json.dumps({"a": "x" * 79})
    assert words.shortened(json.dumps({"a": "x" * 1080})) == f'{{"a": "{"x" * 24}… 1,080 characters"}}'
    assert words.shortened(json.dumps({"a": "x" * 80})).endswith('… 80 characters"}')
