"""What was built is what is loaded: a file is held to the sha256 that the build wrote down beside it.

It costs half a millisecond a megabyte, and the pages that are read for it are read to load the model anyway.
"""

import hashlib
from os import PathLike
from typing import TypeVar

AnyPath = TypeVar("AnyPath", bound=str | PathLike[str])


class Changed(RuntimeError):
    """The file is another one than the build left."""

    def __init__(self, file: object, found: str, expected: str) -> None:
        super().__init__(
            f"{file} has the sha256 {found}, not {expected} as the build wrote down: it is damaged or was replaced. "
            "Build the image again (-p)."
        )


def checked(file: AnyPath, sha256: str) -> AnyPath:
    """`file`, which is what it should be."""
    found = digest(file)
    if found != sha256:
        raise Changed(file, found, sha256)
    return file


def digest(file: str | PathLike[str]) -> str:
    with open(file, "rb") as opened:  # noqa: PTH123  (pathlib takes 5 ms to import)
        return hashlib.file_digest(opened, "sha256").hexdigest()
