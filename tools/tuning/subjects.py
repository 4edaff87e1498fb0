"""What is measured: an image in a container here, or a version of a deployed function."""

from __future__ import annotations

from typing import Any, Protocol

# The emulator and Lambda say this of a runtime that the kernel killed.
KILLED = "signal: killed"


class Died(Exception):
    """The subject ran out of memory or time, or does not start: this is a result."""


class Subject(Protocol):
    died: Died | None

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]: ...

    def timed(self, event: bytes) -> tuple[Any, float]:
        """The answer to an event, and its milliseconds."""
