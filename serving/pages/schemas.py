"""Types as JSON Schema, in a form that generators, viewers and testers agree on."""

from typing import Any

import msgspec

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

# What fits a double. Validation refuses what does not, so the schema has to say it.
_LARGEST = 1.7976931348623157e308

# What belongs to one kind of value, which a schema of alternatives leaves to each of them.
_OF_A_KIND = ("type", "items", "minItems", "maxItems")


def described(types: list[Any]) -> tuple[list[Json], Json]:
    """The schemas of `types`, and by name those that they refer to."""
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    return [_portable(schema) for schema in schemas], _portable(components)


def schema(type_: Any) -> Json:
    return described([type_])[0][0]


def fields(type_: type) -> Json:
    """The whole schema of a type that has fields, where others only refer to it."""
    (reference,), components = described([type_])
    found: Json = components[reference["$ref"].rpartition("/")[2]]
    return found


def _portable(schema: Any) -> Any:
    """The schema with what msgspec leaves unsaid, and without what other tools stumble over."""
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    portable = {name: _portable(value) for name, value in schema.items()}
    if schema.get("type") == "number":
        _limit(portable)
    if schema.get("contentEncoding") == "base64":
        portable.setdefault("pattern", _BASE64)
    if "anyOf" in schema and "type" in schema:
        # A type that a person wrote alternatives for. Generators read the one or the other and make `Any` of both.
        portable = {name: value for name, value in portable.items() if name not in _OF_A_KIND}
    if positions := portable.pop("prefixItems", None):
        # Correct for tuples, and still a crash in generators, viewers and testers.
        portable["items"] = {"anyOf": positions}
    return portable


def _limit(number: Json) -> None:
    if not {"minimum", "exclusiveMinimum"} & number.keys():
        number["minimum"] = -_LARGEST
    if not {"maximum", "exclusiveMaximum"} & number.keys():
        number["maximum"] = _LARGEST
