"""What a stranger's folder holds, and what its links only say that it holds."""

from __future__ import annotations

import os
from pathlib import Path

from tools.models.reading import Refused


def is_file(path: Path, folder: Path) -> bool:
    """Whether that is a file with content of the folder's own; a device or a pipe is none. A link out is refused."""
    # Unlike Path.resolve(), this takes loops of links for what they are, nothing.
    whole, real = Path(os.path.realpath(folder)), Path(os.path.realpath(path))
    if not real.is_relative_to(whole):
        raise Refused(
            f"{path} leads out of the folder",
            f"it is a link to {real}",
            "put what it means in its place, or take it away",
        )
    return path.is_file()
