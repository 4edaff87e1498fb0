"""The request to a converter of readers/, and its answer. It runs in a container, so both travel as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from tools.models.reading import Reading


class Request(msgspec.Struct, kw_only=True):
    # The file; for a folder, its files as a zip archive.
    model: bytes
    # The file's extension.
    suffix: str
    # As calls.asked takes them: rows, requests, or pictures with their preparation.
    samples: Any
    # The network of weights, as --arch names it; if it is in a Python file, the files of that folder, by name.
    arch: str | None = None
    sources: dict[str, str] = {}
    # The sizes of the inputs, in the form of --inputs.
    inputs: str | None = None
    # The signature to serve, if there are several, as --signature names it.
    signature: str | None = None


class Converted(msgspec.Struct):
    """The converted file, and what is known of it."""

    reading: Reading
    model: bytes
