"""The values that a field may have, for whoever sent another one."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

# The rest is in the model's description, /openapi.json.
_MOST_VALUES = 20


def allowed(type_: Any, field: str) -> str:
    """Those of `type_` at `field`, a path such as `rows[2].unit`, in words; nothing if there is no enumeration."""
    # Brackets make a step too, such as `2]`.
    steps = re.findall(r"[^.[]+", field)
    values = list(dict.fromkeys(map(str, _values(inspect.type_info(type_), steps))))
    if len(values) > _MOST_VALUES:
        return f"one of {', '.join(values[:_MOST_VALUES])} and {len(values) - _MOST_VALUES} more"
    *others, last = values or [""]
    return f"{', '.join(others)} or {last}" if others else last


def _values(type_: inspect.Type, steps: list[str]) -> Iterator[Any]:
    match type_:
        case inspect.Metadata(type=inner):
            yield from _values(inner, steps)
        case inspect.UnionType(types=types):
            for each in types:
                yield from _values(each, steps)
        case inspect.LiteralType(values=values) if not steps:
            yield from values
        case inspect.EnumType(cls=members) if not steps:
            yield from (member.value for member in members)
        case inspect.StructType(fields=fields) if steps:
            for field in fields:
                if field.encode_name == steps[0]:
                    yield from _values(field.type, steps[1:])
        case inspect.ListType(item_type=inner) | inspect.DictType(value_type=inner) if steps:
            yield from _values(inner, steps[1:])
