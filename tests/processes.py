"""Processes that tests look at."""

from __future__ import annotations

from pathlib import Path


def runs(pid: int) -> bool:
    """The process is there and not just waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
