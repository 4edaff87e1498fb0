"""How large a tensor is, for people."""

from __future__ import annotations

from tools.models.reading import Port


def written(port: Port) -> str:
    """batch x 3 x 224 x 224; a size that is open and has no name is any."""
    return " x ".join("any" if str(size).startswith("size ") else str(size) for size in port.sizes)
