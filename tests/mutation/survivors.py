"""The changes that may survive: survivors.toml has each with its reason. Without `becomes`, any change there."""

from __future__ import annotations

import tomllib
from pathlib import Path

from mutation.changes import Change

Row = dict[str, str]
FILE = Path(__file__).with_name("survivors.toml")


def listed() -> list[Row]:
    rows: list[Row] = tomllib.loads(FILE.read_text()).get("survivor", [])
    return rows


def is_about(row: Row, change: Change) -> bool:
    place = (row["file"], row["function"], row["line"]) == (change.file, change.function, change.line)
    return place and row.get("becomes", change.becomes) == change.becomes
