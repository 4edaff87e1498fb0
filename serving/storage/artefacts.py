"""Checks before loading that a file has the sha256 that the build recorded beside it.

This takes half a millisecond per megabyte, and the pages that it reads are needed to load the model anyway.
"""

import hashlib
from os import PathLike
from typing import TypeVar

AnyPath = TypeVar("AnyPath", bound=str | PathLike[str])


class Changed(RuntimeError):
    """The file is not the one that the build wrote."""

    def __init__(self, file: object, found: str, expected: str) -> None:
        super().__init__(
            f"{file} has the sha256 {found}, not {expected} as the build recorded: it is damaged or was replaced. "
            "Build the image again (-p)."
        )


def checked(file: AnyPath, sha256: str) -> AnyPath:
    """`file`, after its check. Raises Changed if the sha256 differs."""
    found = digest(file)
    if found != sha256:
        raise Changed(file, found, sha256)
    return file


def digest(file: str | PathLike[str]) -> str:
    with open(file, "rb") as opened:  # noqa: PTH123  (pathlib takes 5 ms to import)
        return hashlib.file_digest(opened, "sha256").hexdigest()
