"""The points to try: each build of a folder, with each memory size that Lambda sells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from serving.runtimes.threads import MEGABYTES_A_PROCESSOR

LEAST_MB, MOST_MB = 128, 10_240
MOST_PROCESSORS = 6
# One processor: the reference for the others, so it is tried first.
REFERENCE_MB = MEGABYTES_A_PROCESSOR
SMALLER = (1024, 768, 512, 384, 256, LEAST_MB)


@dataclass(frozen=True)
class Build:
    """An image, and the settings that it was built with."""

    settings: tuple[tuple[str, str], ...]
    image: str

    @property
    def name(self) -> str:
        """A deployed function has no varied settings, so it is named by its image."""
        return " ".join(value for _, value in self.settings) or self.image


@dataclass(frozen=True)
class Point:
    build: Build
    memory_mb: int

    @property
    def processors(self) -> float:
        return self.memory_mb / MEGABYTES_A_PROCESSOR

    @property
    def threads(self) -> int:
        """As many as `serving` starts. Fewer would leave processors idle that are paid for."""
        return max(1, self.memory_mb // MEGABYTES_A_PROCESSOR)

    def __str__(self) -> str:
        return f"{self.build.name}, {self.memory_mb:,} MB"


def beyond(build: Build) -> Iterator[Point]:
    """One more thread each, up to Lambda's limit. Sizes in between pay for part of a processor that no thread uses."""
    threads = 2
    while (memory := threads * MEGABYTES_A_PROCESSOR) <= MOST_MB:
        yield Point(build, memory)
        threads += 1
    yield Point(build, MOST_MB)


def reference(build: Build) -> Point:
    return Point(build, REFERENCE_MB)


def every(build: Build) -> list[Point]:
    """All points, with the reference first."""
    return [reference(build), *beyond(build), *smaller(build)]


def smaller(build: Build) -> list[Point]:
    return [Point(build, memory) for memory in SMALLER]
