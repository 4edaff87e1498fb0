"""Types as JSON Schema, in a form that generators, viewers and testers all support."""

from collections.abc import Iterable
from typing import Any

import msgspec

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

# The largest double. Validation refuses larger numbers, so the schema has to say so.
_LARGEST = 1.7976931348623157e308

# Keywords for one kind of value. A schema with alternatives has them in each alternative instead.
_OF_A_KIND = ("type", "items", "minItems", "maxItems")


class Schemas:
    """The schemas of several types, made together because types of the same name need longer names."""

    def __init__(self, types: Iterable[Any]) -> None:
        self._types = list(types)
        schemas, components = msgspec.json.schema_components(self._types, ref_template=_REFERENCE)
        self._schemas = [_portable(schema) for schema in schemas]
        # The schemas that others refer to, by name.
        self.components: Json = _portable(components)

    def of(self, type_: Any) -> Json:
        # Compared by identity, because not every annotation can be hashed or compared.
        return next(schema for known, schema in zip(self._types, self._schemas, strict=True) if known is type_)

    def name(self, type_: Any) -> str:
        """The name of a type with fields among the components."""
        return str(self.of(type_).get("$ref", "")).removeprefix(_REFERENCE.format(name=""))


def _portable(schema: Any) -> Any:
    """The schema with what msgspec leaves out added, and with what other tools cannot read replaced."""
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
        # Alternatives written by hand beside a type. Client generators support either, but turn both into `Any`.
        portable = {name: value for name, value in portable.items() if name not in _OF_A_KIND}
    if positions := portable.pop("prefixItems", None):
        # `prefixItems` is correct for tuples, but crashes generators, viewers and testers.
        portable["items"] = {"anyOf": positions}
    return portable


def _limit(number: Json) -> None:
    if not {"minimum", "exclusiveMinimum"} & number.keys():
        number["minimum"] = -_LARGEST
    if not {"maximum", "exclusiveMaximum"} & number.keys():
        number["maximum"] = _LARGEST
