"""Compares an answer with the expected one: every place where they differ, in few lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

EXACT: dict[str, float] = {}
# Per event; otherwise a vector of 768 numbers would fill the screen.
MOST_LINES = 8


class Difference(NamedTuple):
    at: str
    said: str
    # How far a number is off, in tolerances; None for anything else.
    by: float | None = None

    def __str__(self) -> str:
        return f"{self.at}: {self.said}"


def compare(event: dict[str, Any], status: int, body: Any) -> list[str]:
    answer = event["answer"]
    if status != answer["status"]:
        return [f"status: expected {answer['status']}, got {status}: {body}"]
    return capped(list(_of_bodies(event, answer["body"], body)))


def capped(found: Sequence[Difference]) -> list[str]:
    if len(found) <= MOST_LINES:
        return [str(difference) for difference in found]
    numbers = [difference for difference in found if difference.by is not None]
    shown = [difference for difference in found if difference.by is None][: MOST_LINES - 1]
    if numbers:
        shown.append(max(numbers, key=lambda difference: difference.by or 0.0))
    worst = ", the worst last" if numbers else ""
    return [f"{len(found)} places differ{worst}:", *map(str, shown)]


def _of_bodies(event: dict[str, Any], expected: Any, actual: Any) -> Iterator[Difference]:
    tolerances = event.get("tolerance", {})
    if not isinstance(expected, dict) or not isinstance(actual, dict):
        yield from differences(expected, actual, tolerances.get("", EXACT), "body")
        return
    ignored = event.get("ignore", [])
    for key in _keys(expected, actual):
        if key not in ignored:
            yield from _member(expected, actual, key, tolerances.get(key, EXACT), "body")
    yield from (Difference(f"body.{key}", "missing") for key in ignored if key not in actual)


def differences(expected: Any, actual: Any, tolerance: float | dict[str, float], at: str) -> Iterator[Difference]:
    if _is_number(expected) and _is_number(actual):
        yield from _of_numbers(expected, actual, tolerance, at)
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key in _keys(expected, actual):
            yield from _member(expected, actual, key, tolerance, at)
    elif isinstance(expected, list) and isinstance(actual, list):
        yield from _of_lists(expected, actual, tolerance, at)
    elif type(expected) is not type(actual) or expected != actual:
        yield Difference(at, f"expected {expected!r}, got {actual!r}")


def _keys(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    return [*expected, *(key for key in actual if key not in expected)]


def _member(
    expected: dict[str, Any], actual: dict[str, Any], key: str, tolerance: float | dict[str, float], at: str
) -> Iterator[Difference]:
    if key not in actual:
        yield Difference(f"{at}.{key}", "missing")
    elif key not in expected:
        yield Difference(f"{at}.{key}", f"not expected, got {actual[key]!r}")
    else:
        yield from differences(expected[key], actual[key], tolerance, f"{at}.{key}")


def _of_numbers(expected: float, actual: float, tolerance: float | dict[str, float], at: str) -> Iterator[Difference]:
    rel, abs_ = _limits(tolerance)
    if expected == actual and (rel or abs_ or type(expected) is type(actual)):
        return
    if not rel and not abs_:
        yield Difference(at, f"expected {expected!r}, got {actual!r}", abs(expected - actual))
    elif not math.isclose(expected, actual, rel_tol=rel, abs_tol=abs_):
        allowed = max(rel * max(abs(expected), abs(actual)), abs_)
        within = " or ".join([f"{rel:g} of it"] * bool(rel) + [f"{abs_:g}"] * bool(abs_))
        yield Difference(at, f"expected {expected} within {within}, got {actual}", abs(expected - actual) / allowed)


def _of_lists(
    expected: list[Any], actual: list[Any], tolerance: float | dict[str, float], at: str
) -> Iterator[Difference]:
    if len(expected) != len(actual):
        yield Difference(at, f"expected {len(expected)} items, got {len(actual)}")
        return
    if isinstance(tolerance, dict) and "cosine" in tolerance and all(map(_is_number, [*expected, *actual])):
        found = cosine(expected, actual)
        if not found >= tolerance["cosine"]:
            yield Difference(at, f"expected a similarity of {tolerance['cosine']:g} at least, got {found:.6f}")
        return
    for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
        yield from differences(left, right, tolerance, f"{at}[{index}]")


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """1 for the same direction, 0 for orthogonal vectors. Two all-zero vectors count as equal."""
    lengths = math.hypot(*one) * math.hypot(*other)
    if not lengths:
        return float(any(one) == any(other))
    return math.fsum(left * right for left, right in zip(one, other, strict=True)) / lengths


def _limits(tolerance: float | dict[str, float]) -> tuple[float, float]:
    if isinstance(tolerance, dict):
        return tolerance.get("rel", 0.0), tolerance.get("abs", 0.0)
    return tolerance, 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
