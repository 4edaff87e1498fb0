"""The dated list of prices, prices.toml, for one region."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.toml")
# The region of the documents and the bench.
USUAL = "us-east-1"
HOURS = 730  # of a month, as AWS counts
SECONDS = HOURS * 3600


@functools.cache
def listed() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


@dataclass(frozen=True)
class Prices:
    """In dollars."""

    region: str = USUAL

    def __post_init__(self) -> None:
        if self.region not in self.regions():
            raise ValueError(f"{FILE.name} has no prices of {self.region}, only of {', '.join(self.regions())}")

    @staticmethod
    def regions() -> list[str]:
        return list(listed()["regions"])

    @property
    def date(self) -> date:
        found = listed()["date"]
        assert isinstance(found, date)
        return found

    def of(self, service: str, name: str, architecture: str | None = None) -> float:
        """The price of one unit, which the name says."""
        by_region = listed()[service][name]
        return float((by_region[architecture] if architecture else by_region)[self.region])

    def free(self, service: str, name: str) -> float:
        """How many units are free for an account each month."""
        return float(listed()[service].get("free", {}).get(name, 0))
