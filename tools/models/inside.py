"""Keeps to the files inside a stranger's folder, whatever its links point to."""

from __future__ import annotations

import os
from pathlib import Path

from tools.models.reading import Refused


def is_file(path: Path, folder: Path) -> bool:
    """Whether it is a regular file inside the folder. A link that leads out of the folder is refused."""
    # Unlike Path.resolve(), this treats loops of links as missing files.
    whole, real = Path(os.path.realpath(folder)), Path(os.path.realpath(path))
    if not real.is_relative_to(whole):
        raise Refused(
            f"{path} leads out of the folder",
            f"it is a link to {real}",
            "put what it means in its place, or take it away",
        )
    return path.is_file()
