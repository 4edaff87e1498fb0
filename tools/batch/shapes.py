"""What type a column of Parquet has that holds values of JSON: the narrowest that fits all of them.

numbers, truths and texts    BIGINT if all are whole, else DOUBLE; BOOLEAN; VARCHAR
arrays, objects              lists and structs of these; an object without a name that another has, has null there
whatever is mixed            VARCHAR: a text as it is, the rest as JSON, which is how CSV has it
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tools.batch.parquet_types import quoted

# Of an object: with more, its names are data rather than columns.
MOST_NAMES = 200
MOST_DEEP = 8
_WHOLE = range(-(2**63), 2**63)


@dataclass
class Shape:
    """Grows with each value that it is shown."""

    kind: str = ""  # nothing seen yet
    item: Shape | None = None
    parts: dict[str, Shape] = field(default_factory=dict)

    def see(self, value: Any, depth: int = 0) -> None:
        if value is None or self.kind == "VARCHAR":
            return
        kind = _kind(value)
        if {kind, self.kind} == {"BIGINT", "DOUBLE"}:
            kind = self.kind = "DOUBLE"
        if self.kind not in ("", kind) or depth > MOST_DEEP:
            self._mix()
            return
        self.kind = kind
        if kind == "LIST":
            self.item = self.item or Shape()
            for each in value:
                self.item.see(each, depth + 1)
        elif kind == "STRUCT":
            self._see_object(value, depth)

    def sql(self) -> str:
        if self.kind == "LIST":
            assert self.item
            return f"{self.item.sql()}[]"
        if self.kind == "STRUCT":
            return "STRUCT(" + ", ".join(f"{quoted(name)} {part.sql()}" for name, part in self.parts.items()) + ")"
        return self.kind or "VARCHAR"

    def _see_object(self, value: dict[str, Any], depth: int) -> None:
        for name, each in value.items():
            if name not in self.parts:
                self.parts[name] = Shape()
                # DuckDB tells no a from an A
                if not name or len(self.parts) > MOST_NAMES or len({*map(str.lower, self.parts)}) < len(self.parts):
                    self._mix()
                    return
            self.parts[name].see(each, depth + 1)
        if not self.parts:
            self._mix()

    def _mix(self) -> None:
        self.kind, self.item, self.parts = "VARCHAR", None, {}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "BIGINT" if value in _WHOLE else "VARCHAR"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, str):
        return "VARCHAR"
    return "LIST" if isinstance(value, list) else "STRUCT"
