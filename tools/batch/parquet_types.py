"""Columns of a Parquet file as the values of a request, which are JSON's.

    BOOLEAN, whole numbers, texts         as they are
    FLOAT, DOUBLE                         a number; NaN is a value that is missing, what is infinite a text
    DECIMAL                               a number, as near as a float comes to it; whole where it has no places
    DATE, TIME, TIMESTAMP, UUID           a text; times as ISO 8601 has them, those with a zone in UTC
    lists, structs, maps of texts         arrays and objects of these

A text that stands where a number belongs is for the model to refuse, of that row alone, as in CSV.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, cast

Convert = Callable[[Any], Any]

_WHOLE = ("tinyint", "smallint", "integer", "bigint", "hugeint")
_AS_THEY_ARE = ("boolean", "varchar", *_WHOLE, *(f"u{name}" for name in _WHOLE))
_TEXTS = ("date", "time", "timestamp", "uuid", "enum")


class Type(Protocol):
    """As DuckDB describes it."""

    @property
    def id(self) -> str: ...

    @property
    def children(self) -> Sequence[tuple[str, Any]]: ...


class NoValueError(Exception):
    """Of a type that no request has; its text names it."""


def selected(name: str, type_: Type) -> str:
    """The column in SQL. Times become texts there: in Python they would lose nanoseconds, and want a list of zones."""
    return f"CAST({quoted(name)} AS {_target(type_)})"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def converted(type_: Type) -> Convert | None:
    """What makes JSON of what is selected; none where it is that already."""
    inside = _inside(type_)
    if type_.id in ("float", "double"):
        return _real
    if type_.id == "decimal":
        return _decimal
    if type_.id.startswith("timestamp"):
        return _time
    if type_.id in ("list", "map") and (each := converted(inside["child" if type_.id == "list" else "value"])):
        return partial(_each, each)
    parts = {name: made for name, child in inside.items() if type_.id == "struct" and (made := converted(child))}
    return partial(_struct, parts) if parts else None


def _target(type_: Type) -> str:
    inside = _inside(type_)
    if type_.id.startswith(_TEXTS):
        return "VARCHAR"
    if type_.id in _AS_THEY_ARE or type_.id in ("float", "double", "decimal"):
        return str(type_)
    if type_.id == "list":
        return f"{_target(inside['child'])}[]"
    if type_.id == "map" and inside["key"].id == "varchar":
        return f"MAP(VARCHAR, {_target(inside['value'])})"
    if type_.id == "struct" and inside:
        return "STRUCT(" + ", ".join(f"{quoted(name)} {_target(child)}" for name, child in inside.items()) + ")"
    raise NoValueError(str(type_))


def _inside(type_: Type) -> dict[str, Type]:
    return dict(type_.children) if type_.id in ("list", "map", "struct") else {}


def _each(convert: Convert, values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _made(convert, value) for key, value in values.items()}
    return [_made(convert, value) for value in values]


def _made(convert: Convert, value: Any) -> Any:
    return None if value is None else convert(value)


def _struct(parts: dict[str, Convert], values: dict[str, Any]) -> dict[str, Any]:
    return values | {name: _made(convert, values[name]) for name, convert in parts.items()}


def _real(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)


def _decimal(value: Decimal) -> float | int:
    # of a number that DuckDB gives it is never a letter
    return float(value) if cast("int", value.as_tuple().exponent) < 0 else int(value)


def _time(text: str) -> str:
    """A zone is UTC's, for so the session is set."""
    day, _, time = text.partition(" ")
    return f"{day}T{time.removesuffix('+00')}{'Z' * time.endswith('+00')}" if time else day
