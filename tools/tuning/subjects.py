"""Who is measured: an image in a container here, or a version of a deployed function."""

from __future__ import annotations

from typing import Any, Protocol

# Of a runtime that the kernel ended, in what the emulator and Lambda say.
KILLED = "signal: killed"


class Died(Exception):
    """It ran out of memory or time, or does not start: a finding."""


class Subject(Protocol):
    died: Died | None

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]: ...

    def timed(self, event: bytes) -> tuple[Any, float]:
        """The answer to an event, and its milliseconds."""
