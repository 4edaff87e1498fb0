"""The pictures of a folder or an archive, one after another. A stranger may have made either: nothing is read that is
no regular file of the folder's own, and nothing whole that no request may hold."""

from __future__ import annotations

import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from tools.batch.given import MOST_BODY, Input, Remarks, UnusableError

KINDS = {
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


def is_one(name: str) -> bool:
    return name.lower().endswith(tuple(KINDS))


def kind(name: str) -> str:
    """By its name, the same on every machine."""
    return KINDS.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def of_folder(folder: Path, remarks: Remarks) -> Iterator[Input]:
    own = folder.resolve()
    remarks.left_out = 0
    for path in _files(folder, remarks):
        if is_one(path.name):
            file = path.resolve()
            if not file.is_file() or not file.is_relative_to(own):
                remarks.left_out += 1
                continue
            about = file.stat()
            name = path.relative_to(folder).as_posix()
            yield _input(name, about.st_size, about.st_mtime_ns, lambda file=file: _read(file))  # type: ignore[misc]


def _input(name: str, size: int, when: float, load: Callable[[], bytes]) -> Input:
    mark = f"{name}\0{size}\0{when}".encode(errors="surrogateescape")
    return Input(name, min(size, MOST_BODY + 1), mark, load)


def _files(folder: Path, remarks: Remarks) -> Iterator[Path]:
    """In the order of their paths; hidden ones left out, and what is behind a link to a folder."""
    with os.scandir(folder) as entries:
        found = sorted(
            (entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries if not entry.name.startswith(".")
        )
    for name, is_folder, is_link in found:
        if is_folder and is_link:
            remarks.left_out += 1
        elif is_folder:
            yield from _files(folder / name, remarks)
        else:
            yield folder / name


def _read(file: Path) -> bytes:
    """What has become a link or a pipe since it was counted is refused, not followed."""
    opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(opened, "rb") as content:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise UnusableError(f"{file} is no file any more")
        return content.read(MOST_BODY + 1)


def archived(opened: Callable[[], IO[bytes]]) -> Iterator[Input]:
    try:
        yield from _members(opened)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UnusableError(f"it is no archive, or not all of one: {error}") from error


def _members(opened: Callable[[], IO[bytes]]) -> Iterator[Input]:
    with opened() as file, tarfile.open(fileobj=file, mode="r|*") as archive:
        for member in archive:
            # it remembers all that it has passed
            archive.members = []  # type: ignore[attr-defined]
            if member.isfile() and is_one(member.name):
                content = archive.extractfile(member)
                assert content
                body = content.read(MOST_BODY + 1)
                yield _input(member.name, member.size, member.mtime, lambda body=body: body)  # type: ignore[misc]
