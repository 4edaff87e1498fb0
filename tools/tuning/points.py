"""What is tried: each build of a folder, with each memory that Lambda sells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from serving.runtimes.threads import MEGABYTES_A_PROCESSOR

LEAST_MB, MOST_MB = 128, 10_240
MOST_PROCESSORS = 6
# One processor: what the others are compared with, and so tried first.
REFERENCE_MB = MEGABYTES_A_PROCESSOR
SMALLER = (1024, 768, 512, 384, 256, LEAST_MB)


@dataclass(frozen=True)
class Build:
    """An image, and the settings that it was built with."""

    settings: tuple[tuple[str, str], ...]
    image: str

    @property
    def name(self) -> str:
        """Of what is deployed, whose settings nobody varies, the image."""
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
        """As `serving` starts them. Fewer would leave processors idle that are paid for."""
        return max(1, self.memory_mb // MEGABYTES_A_PROCESSOR)

    def __str__(self) -> str:
        return f"{self.build.name}, {self.memory_mb:,} MB"


def beyond(build: Build) -> Iterator[Point]:
    """A thread more each, as far as Lambda goes. Between those a processor is paid for that no thread has whole."""
    threads = 2
    while (memory := threads * MEGABYTES_A_PROCESSOR) <= MOST_MB:
        yield Point(build, memory)
        threads += 1
    yield Point(build, MOST_MB)


def reference(build: Build) -> Point:
    return Point(build, REFERENCE_MB)


def every(build: Build) -> list[Point]:
    """The reference first."""
    return [reference(build), *beyond(build), *smaller(build)]


def smaller(build: Build) -> list[Point]:
    return [Point(build, memory) for memory in SMALLER]
