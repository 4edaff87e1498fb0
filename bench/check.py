"""Checks whether figures are within a folder's bounds, and whether two answers are the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.figures import Figures

# For probabilities as percentages: one percentage point.
PERCENT_APART = 1.0
# For shares that add up to 1.
SHARES_APART = 0.01
# For predicted prices: the precision of 32-bit floats.
RELATIVELY_APART = 1e-5
NAMES = ("cold", "cold_to_empty", "warm", "size", "own_ms")


@dataclass(frozen=True)
class Verdict:
    """One bound and the figure measured."""

    name: str
    found: float
    most: float

    @property
    def holds(self) -> bool:
        return self.found <= self.most

    def __str__(self) -> str:
        unit = {"own_ms": "ms", "cold_to_empty": "times the empty handler"}.get(self.name, "of naive")
        said = f"{self.name.removesuffix('_ms').removesuffix('_to_empty')}: {self.found:.3g} {unit}, "
        said += f"at most {self.most:.3g} allowed"
        return said if self.holds else f"{said}: {self.found / self.most:.2f} times too much"


def bounds(file: Path) -> dict[str, float]:
    read = tomllib.loads(file.read_text())
    if unknown := sorted(read.keys() - set(NAMES)):
        raise ValueError(f"{file}: {unknown[0]} is no bound; there are {', '.join(NAMES)}")
    found = {name: float(Fraction(str(value))) for name, value in read.items()}
    for name, value in found.items():
        if value <= 0:
            raise ValueError(f"{file}: {name} must be above 0")
    return found


def ratios(ours: Figures, naive: Figures, empty: Figures) -> dict[str, float]:
    """All figures that can have a bound, by the bound's name."""
    found = {
        "cold": ours.cold / naive.cold,
        "cold_to_empty": ours.cold / empty.cold,
        "warm": ours.warm["p50"] / naive.warm["p50"],
        "size": ours.size / naive.size,
    }
    return found if ours.own is None else {**found, "own_ms": ours.own}


def verdicts(found: dict[str, float], allowed: dict[str, float]) -> Iterator[Verdict]:
    for name, most in allowed.items():
        # A bound without a measurement counts as exceeded.
        yield Verdict(name, found.get(name, float("inf")), most)


def difference(ours: Any, naive: Any) -> str | None:
    """The difference between two answers; None if they are the same.

    For lists of classes with percentages, only the first one counts; for objects, all fields of the naive one.
    """
    if isinstance(ours, list) and isinstance(naive, list):
        (our_class, our_percent), (naive_class, naive_percent) = ours[0], naive[0]
        if our_class != naive_class:
            return f"ours says {our_class!r} with {our_percent} %, naive {naive_class!r} with {naive_percent} %"
        if abs(our_percent - naive_percent) > PERCENT_APART:
            return f"of {our_class!r} ours is sure with {our_percent} %, naive with {naive_percent} %"
        return None
    if isinstance(ours, dict) and isinstance(naive, dict) and naive.keys() <= ours.keys():
        are_shares = len(naive) > 1 and all(isinstance(value, float) and 0 <= value <= 1 for value in naive.values())
        for name, wanted in naive.items():
            value = ours[name]
            if isinstance(value, dict):
                if apart := difference(value, wanted):
                    return apart
            elif isinstance(value, float):
                if abs(value - wanted) > (SHARES_APART if are_shares else RELATIVELY_APART * abs(wanted)):
                    return f"{name} is {value} of ours, {wanted} of naive"
            elif value != wanted:
                return f"{name} is {value!r} of ours, {wanted!r} of naive"
        return None
    return f"ours answers {str(ours)[:200]}, naive {str(naive)[:200]}"
