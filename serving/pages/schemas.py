"""Types as JSON Schema, in a form that generators, viewers and testers agree on."""

from collections.abc import Iterable
from typing import Any

import msgspec

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

# What fits a double. Validation refuses what does not, so the schema has to say it.
_LARGEST = 1.7976931348623157e308

# What belongs to one kind of value, which a schema of alternatives leaves to each of them.
_OF_A_KIND = ("type", "items", "minItems", "maxItems")


class Schemas:
    """The schemas of several types. Made of all at once, for two of the same name get longer ones."""

    def __init__(self, types: Iterable[Any]) -> None:
        self._types = list(types)
        schemas, components = msgspec.json.schema_components(self._types, ref_template=_REFERENCE)
        self._schemas = [_portable(schema) for schema in schemas]
        # By name those that others refer to.
        self.components: Json = _portable(components)

    def of(self, type_: Any) -> Json:
        # Compared by identity, for not every annotation can be hashed or compared.
        return next(schema for known, schema in zip(self._types, self._schemas, strict=True) if known is type_)

    def name(self, type_: Any) -> str:
        """What a type that has fields is called among the components."""
        return str(self.of(type_).get("$ref", "")).removeprefix(_REFERENCE.format(name=""))


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
