"""The shape of a tensor, for people."""

from __future__ import annotations

from tools.models.reading import Port


def written(port: Port) -> str:
    """A text such as batch x 3 x 224 x 224; an open size without a name is `any`."""
    return " x ".join("any" if str(size).startswith("size ") else str(size) for size in port.sizes)
