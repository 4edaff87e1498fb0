"""What an input consists of, one after another: never more of it in memory than one.

a folder             each picture in it, in the order of their paths
*.tar, *.tar.gz      each picture in it, in the order of the archive
*.csv                each row, as the body that the model takes
*.jsonl, *.ndjson    each line, a body
s3://BUCKET/PREFIX/  each picture below it
s3://BUCKET/KEY      one of the files above; JSON lines of keys, each a string, name the pictures
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from tools.batch import rows, texts
from tools.batch.store import S3, Store

PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
ARCHIVES = (".tar", ".tar.gz", ".tgz")
LINES = (".jsonl", ".ndjson")
# Of JSON lines, which are a request body each.
MOST_LINE = 6_000_000


class UnusableError(Exception):
    """Why it is no input; its text is for a person."""


@dataclass(frozen=True, slots=True)
class Input:
    name: str  # a picture's; a row has none
    size: int
    mark: bytes  # another one where the content is another
    load: Callable[[], bytes]
    key: str = ""  # of an object that is read where it is


@dataclass(frozen=True)
class Source:
    """A place, and how what is there goes to the function: lines, pieces or objects."""

    place: str
    form: str
    read: Callable[[], Iterator[Input]]
    bucket: str = ""


def source(place: str, schema: rows.Schema) -> Source:
    if place.startswith("s3://"):
        return _stored(place, schema)
    path = Path(place)
    if not path.exists():
        raise UnusableError("there is no such file or folder")
    if path.is_dir():
        return Source(place, "pieces", lambda: pictures(path))
    return _of_a_file(place, lambda: path.open("rb"), schema)


def _of_a_file(place: str, opened: Callable[[], IO[bytes]], schema: rows.Schema) -> Source:
    name = place.lower()
    if name.endswith(ARCHIVES):
        return Source(place, "pieces", lambda: archived(opened))
    if name.endswith(".csv"):
        return Source(place, "lines", lambda: (_of_bytes(body) for body in rows.bodies(opened, schema)))
    if name.endswith(LINES):
        return Source(place, "lines", lambda: lines(opened))
    if name.endswith(".parquet"):
        raise UnusableError("what reads Parquet is 171 MB, and not installed: write it as CSV or JSON lines first")
    known = ", ".join([".csv", *LINES, *ARCHIVES])
    raise UnusableError(f"it can be a folder of pictures, or a file that ends with one of {known}")


def _stored(place: str, schema: rows.Schema) -> Source:
    bucket, _, key = place.removeprefix("s3://").partition("/")
    store = S3(bucket)
    if not key or key.endswith("/") or "." not in key.rpartition("/")[2]:
        return Source(place, "objects", lambda: objects(store, key), bucket)
    found = _of_a_file(place, lambda: store.open(key), schema)
    if found.form == "lines" and key.endswith(LINES) and _is_manifest(store, key):
        return Source(place, "objects", lambda: manifest(store, key), bucket)
    return found


def _of_bytes(body: bytes) -> Input:
    return Input("", len(body), body, lambda: body)


def pictures(folder: Path) -> Iterator[Input]:
    for path in _files(folder):
        if path.suffix.lower() in PICTURES:
            about = path.stat()
            name = path.relative_to(folder).as_posix()
            mark = f"{name}\0{about.st_size}\0{about.st_mtime_ns}".encode()
            yield Input(name, about.st_size, mark, path.read_bytes)


def _files(folder: Path) -> Iterator[Path]:
    """In the order of their paths; hidden ones left out."""
    entries = sorted((entry.name, entry.is_dir()) for entry in os.scandir(folder) if not entry.name.startswith("."))
    for name, is_folder in entries:
        if is_folder:
            yield from _files(folder / name)
        else:
            yield folder / name


def archived(opened: Callable[[], IO[bytes]]) -> Iterator[Input]:
    with opened() as file, tarfile.open(fileobj=file, mode="r|*") as archive:
        for member in archive:
            # it remembers all that it has passed
            archive.members = []  # type: ignore[attr-defined]
            if member.isfile() and member.name.lower().endswith(PICTURES):
                content = archive.extractfile(member)
                assert content
                body = content.read()
                mark = f"{member.name}\0{member.size}\0{member.mtime}".encode()
                yield Input(member.name, member.size, mark, lambda body=body: body)  # type: ignore[misc]


def lines(opened: Callable[[], IO[bytes]]) -> Iterator[Input]:
    """Empty lines are none. What is no JSON goes to the function, which says so of that line alone."""
    with opened() as file:
        while line := file.readline(MOST_LINE + 1):
            if len(line) > MOST_LINE:
                raise UnusableError(f"it has a line of more than {MOST_LINE:,} bytes, which no request may have")
            if body := line.strip():
                yield _of_bytes(body)


def objects(store: Store, prefix: str) -> Iterator[Input]:
    for found in store.objects(prefix):
        if found.key.lower().endswith(PICTURES):
            name = f"s3://{store.bucket}/{found.key}"
            yield Input(
                name, found.size, f"{name}\0{found.mark}".encode(), cast("Callable[[], bytes]", None), found.key
            )


def _is_manifest(store: Store, key: str) -> bool:
    with store.open(key) as file:
        return isinstance(_json(file.readline(MOST_LINE)), str)


def manifest(store: Store, key: str) -> Iterator[Input]:
    """Keys of the same bucket, with or without s3://BUCKET/ before them."""
    own = f"s3://{store.bucket}/"
    for number, line in enumerate(lines(lambda: store.open(key)), 1):
        named = _json(line.mark)
        if not isinstance(named, str):
            raise UnusableError(f"line {number} is no key, which is a JSON string")
        if named.startswith("s3://") and not named.startswith(own):
            raise UnusableError(f"line {number} names {named}; all objects of a manifest are in its own bucket")
        found = named.removeprefix(own)
        yield Input(own + found, 0, line.mark, cast("Callable[[], bytes]", None), found)


def _json(text: bytes) -> object:
    try:
        found: object = texts.parsed(text)
    except ValueError:
        return None
    return found


def text(opened: Callable[[], IO[bytes]]) -> io.TextIOWrapper:
    """For CSV: a mark of the order of bytes at its beginning is none of its first column's."""
    return io.TextIOWrapper(opened(), encoding="utf-8-sig", errors="replace", newline="")
