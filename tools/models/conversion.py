"""What a converter of readers/ is told, and what it answers. It runs in a container, so both go as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from tools.models.reading import Reading


class Request(msgspec.Struct, kw_only=True):
    # Of a folder, its files as a zip archive.
    model: bytes
    # How the file's name ends.
    suffix: str
    # As calls.asked takes them: rows, requests, or pictures with how they are prepared.
    samples: Any
    # The network of weights, as --arch names it; and of one in a file of Python, what stands in that folder, by name.
    arch: str | None = None
    sources: dict[str, str] = {}
    # The sizes of the inputs, as --inputs has them.
    inputs: str | None = None
    # The one of several that is served, as --signature names it.
    signature: str | None = None


class Converted(msgspec.Struct):
    """Another file, and what is known of it."""

    reading: Reading
    model: bytes
