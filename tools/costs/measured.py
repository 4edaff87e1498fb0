"""The measurements of a folder, docs/measured.json; assumed values for a folder that was never measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "measured.json"
KEYS = ("warm_ms", "cold_ms", "memory_mb", "image_mb")


@dataclass(frozen=True)
class Measured:
    warm_ms: float
    cold_ms: float
    memory_mb: int
    image_mb: float  # above the base, as it is pushed


SUPPOSED = Measured(warm_ms=100, cold_ms=1000, memory_mb=1769, image_mb=100)


def of(name: str) -> Measured | None:
    found = {each["name"]: each for each in json.loads(FILE.read_text())}
    return Measured(**{key: found[name][key] for key in KEYS}) if name in found else None
