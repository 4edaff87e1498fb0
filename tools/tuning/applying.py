"""Writes a choice into a folder's model.env, and keeps its comments and order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

DEFAULTS = Path(__file__).resolve().parents[2] / "defaults.env"
HEAD = "# What differs from ../defaults.env.\n"


def apply(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Write the settings that differ; return the lines that were written."""
    file = folder / "model.env"
    before = file.read_text() if file.exists() else HEAD
    after = changed(before, wanted, given(DEFAULTS.read_text()))
    if after == before:
        return []
    partial = file.with_suffix(".partial")
    partial.write_text(after)
    partial.replace(file)
    return [line for line in after.splitlines() if line not in before.splitlines()]


def changed(text: str, wanted: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """An existing line gets the new value; a missing one is appended, unless it equals the default."""
    for name, value in wanted.items():
        line = f"{name}={value}"
        # If a name occurs twice, the first line counts.
        text, found = re.subn(rf"^{name}=.*$", line, text, count=1, flags=re.MULTILINE)
        if not found and defaults.get(name) != value:
            text += ("" if text.endswith("\n") or not text else "\n") + line + "\n"
    return text


def given(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z][A-Z0-9_]*=", line))
