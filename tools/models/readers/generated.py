"""Rows for a table model, made from what its file knows of its columns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from tools.models.reading import Column

ROWS = 100
_WHOLE = ("code", "whole", "integer")


def rows(columns: Sequence[Column], marks: Sequence[Sequence[float]]) -> list[list[Any]]:
    """`marks` are values of each column where something changes: thresholds, or the minimum and maximum.

    The first row holds the middle ones, as a person would choose an example; the others fall on, between and beside
    them, and sometimes lack a value.
    """
    chance = random.Random(0)  # noqa: S311 - the same rows every time
    first = [_middle(column, of) for column, of in zip(columns, marks, strict=True)]
    others = [[_any(chance, column, of) for column, of in zip(columns, marks, strict=True)] for _ in range(ROWS - 1)]
    # The second row becomes an example in the events, so it has no missing values.
    others[0] = [value if value is not None else start for value, start in zip(others[0], first, strict=True)]
    return [first, *others]


def gaps(columns: Sequence[Column], row: list[Any]) -> list[list[Any]]:
    """The row with one value missing, for each column, and with one text that is unknown."""
    texts = [(place, "text") for place, column in enumerate(columns) if column.kind == "text"]
    changes = [*((place, None) for place in range(len(columns))), *texts]
    return [[*row[:place], value, *row[place + 1 :]] for place, value in changes]


def _middle(column: Column, marks: Sequence[float]) -> Any:
    if column.kind == "truth":
        return True
    if column.categories:
        return column.categories[0]
    if column.kind == "text":
        return "text"
    if not marks:
        return 0
    middle = sorted(marks)[len(marks) // 2]
    return int(middle) if column.kind in _WHOLE else _short(middle)


def _any(chance: random.Random, column: Column, marks: Sequence[float]) -> Any:
    if chance.random() < 0.05:
        return None
    if column.kind == "text" and (not column.categories or chance.random() < 0.1):
        return "text"
    if column.categories:
        return chance.choice(column.categories)
    if column.kind == "truth":
        return chance.random() < 0.5
    if column.kind in ("code", "integer"):
        return int(chance.choice(marks)) if marks else 0
    if not marks:
        return _short(chance.gauss(0, 1))
    low, high = min(marks), max(marks)
    if chance.random() < 0.2:
        return chance.choice(marks)
    margin = (high - low) * 0.1 or abs(high) / 2 or 1.0
    value = _short(chance.uniform(low - margin, high + margin))
    return int(value) if column.kind in _WHOLE else value


def _short(number: float) -> float:
    """Rounded as a person would type it."""
    short = float(f"{number:.4g}")
    return int(short) if short.is_integer() else short
