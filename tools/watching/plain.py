"""Makes untrusted text safe for a terminal."""

from __future__ import annotations


def harmless(text: str) -> str:
    """A caller's path, or an input in a traceback, may hold control sequences."""
    return "".join(char if char.isprintable() or char == "\t" else repr(char)[1:-1] for char in text)
