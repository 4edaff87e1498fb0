"""What an input consists of, one after another: never more of it in memory than one, or a block of lines.

a folder             each picture in it, in the order of their paths
*.tar, *.tar.gz      each picture in it, in the order of the archive
*.csv                each row, as the body that the model takes
*.jsonl, *.ndjson    each line, a body
s3://BUCKET/PREFIX/  each picture below it
s3://BUCKET/KEY      one of the files above; JSON lines of keys, each a string, name the pictures
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, cast

from tools.batch import pictures, rows, texts
from tools.batch.given import BLOCK, MOST_LINE, Input, Remarks, UnusableError, grouped, of_lines
from tools.batch.store import S3, Store

ARCHIVES = (".tar", ".tar.gz", ".tgz")
# S3's, in bytes.
MOST_KEY = 1024
LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Source:
    """A place, and how what is there goes to the function: lines, pieces or objects."""

    place: str
    form: str
    read: Callable[[], Iterator[Input]]
    bucket: str = ""
    remarks: Remarks = field(default_factory=Remarks)


def source(place: str, schema: rows.Schema) -> Source:
    if place.startswith("s3://"):
        return _stored(place, schema)
    path = Path(place)
    if not path.exists():
        raise UnusableError("there is no such file or folder")
    if path.is_dir():
        remarks = Remarks()
        return Source(place, "pieces", lambda: pictures.of_folder(path, remarks), remarks=remarks)
    return _of_a_file(place, lambda: path.open("rb"), schema)


def _of_a_file(place: str, opened: Callable[[], IO[bytes]], schema: rows.Schema) -> Source:
    name = place.lower()
    if name.endswith(ARCHIVES):
        return Source(place, "pieces", lambda: pictures.archived(opened))
    if name.endswith(".csv"):
        remarks = Remarks()
        return Source(place, "lines", lambda: grouped(rows.bodies(opened, schema, remarks)), remarks=remarks)
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
    found = _of_a_file(place, lambda: _opened(store, key), schema)
    if found.form == "lines" and key.endswith(LINES) and _is_manifest(store, key):
        return Source(place, "objects", lambda: manifest(store, key), bucket)
    return found


def lines(opened: Callable[[], IO[bytes]]) -> Iterator[Input]:
    """Empty lines are none. What is no JSON goes to the function, which says so of that line alone."""
    with opened() as file:
        while block := file.read(BLOCK):
            block += file.readline(MOST_LINE + 1)
            found = block.split(b"\n")
            if len(block) > MOST_LINE and max(map(len, found)) >= MOST_LINE:
                raise UnusableError(f"it has a line of more than {MOST_LINE:,} bytes, which no request may have")
            if text := b"\n".join(filter(None, map(bytes.strip, found))):
                yield of_lines(text)


def objects(store: Store, prefix: str) -> Iterator[Input]:
    for found in store.objects(prefix):
        if pictures.is_one(found.key):
            name = f"s3://{store.bucket}/{found.key}"
            yield Input(
                name, found.size, f"{name}\0{found.mark}".encode(), cast("Callable[[], bytes]", None), found.key
            )


def _opened(store: Store, key: str) -> IO[bytes]:
    try:
        return store.open(key)
    except KeyError:
        raise UnusableError(f"there is no object s3://{store.bucket}/{key}") from None


def _is_manifest(store: Store, key: str) -> bool:
    with _opened(store, key) as file:
        return isinstance(_json(file.readline(MOST_LINE)), str)


def manifest(store: Store, key: str) -> Iterator[Input]:
    """Keys of the same bucket, with or without s3://BUCKET/ before them."""
    own = f"s3://{store.bucket}/"
    found = chain.from_iterable(given.each() for given in lines(lambda: _opened(store, key)))
    for number, line in enumerate(found, 1):
        named = _json(line.mark)
        if not isinstance(named, str):
            raise UnusableError(f"line {number} is no key, which is a JSON string")
        if named.startswith("s3://") and not named.startswith(own):
            shown = texts.shown(named)
            raise UnusableError(f"line {number} names {shown}; all objects of a manifest are in its own bucket")
        its = named.removeprefix(own)
        if why := _no_key(its):
            raise UnusableError(f"line {number} is no key: {why}")
        yield Input(own + its, 0, line.mark, cast("Callable[[], bytes]", None), its)


def _no_key(named: str) -> str:
    """Why S3 takes it for none."""
    try:
        size = len(named.encode())
    except UnicodeEncodeError:
        return "it has half of a character in it"
    if size > MOST_KEY:
        return f"it has {size:,} bytes, and a key has {MOST_KEY:,} at most"
    return "" if size else "it is empty"


def _json(text: bytes) -> object:
    try:
        found: object = texts.parsed(text)
    except ValueError:
        return None
    return found
