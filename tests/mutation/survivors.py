"""The changes that may survive: survivors.toml, where each has its reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("survivors.toml")


def listed() -> dict[tuple[str, str, str, str], str]:
    rows = tomllib.loads(FILE.read_text()).get("survivor", [])
    return {(row["file"], row["function"], row["line"], row["becomes"]): row["reason"] for row in rows}
