"""Where results go: JSON lines or CSV, a file or an object."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
from msgspec import UNSET, Raw

from tools.batch.results import Row
from tools.batch.store import S3

Write = Callable[[list[Row]], None]
COLUMNS = ("row", "input", "output", "status", "error", "version", "ms")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
KNOWN = (".jsonl", ".csv")


class UnusableOutputError(Exception):
    """Why nothing can be written there; its text is for a person."""


def default(place: str) -> str:
    """Beside the input."""
    if place.startswith("s3://"):
        stem = place.rstrip("/")
        if "/" not in stem.removeprefix("s3://"):
            return f"{stem}/results.jsonl"
    else:
        # "." and ".." have no name of their own
        stem = str(Path(place).resolve() if Path(place).name in ("", "..") else Path(place))
    for suffix in (".gz", ".tar", ".tgz", ".csv", ".jsonl", ".ndjson", ".parquet"):
        stem = stem.removesuffix(suffix)
    return f"{stem}.results.jsonl"


def check(place: str) -> None:
    """Before anything is asked: what is written where."""
    is_prefix = place.startswith("s3://") and place.endswith("/")
    if place.startswith("s3://") and not all(place.removeprefix("s3://").partition("/")[::2]) and not is_prefix:
        raise UnusableOutputError(f"{place} names a bucket, and no key in it")
    if not is_prefix and not place.endswith(KNOWN):
        raise UnusableOutputError(f"results go to a file that ends with {' or '.join(KNOWN)}, and not to {place}")
    if not place.startswith("s3://") and not Path(place).absolute().parent.is_dir():
        raise UnusableOutputError(f"there is no folder {Path(place).parent} for the results")


def target(place: str, batch: str) -> str:
    """Below a prefix of S3 it is an object."""
    return f"{place}{batch}.jsonl" if place.startswith("s3://") and place.endswith("/") else place


@contextmanager
def writing(place: str, folder: Path) -> Iterator[Write]:
    """Nothing is there until all of it is."""
    is_stored = place.startswith("s3://")
    part = folder / "results" if is_stored else Path(f"{place}.part")
    with _new(part) as to:
        if place.endswith(".csv"):
            with io.TextIOWrapper(to, encoding="utf-8", errors="backslashreplace", newline="") as table:
                yield _csv(table)
        else:
            yield _lines(to)
    if is_stored:
        bucket, _, key = place.removeprefix("s3://").partition("/")
        S3(bucket).put_file(key, part)
        part.unlink()
    else:
        part.replace(place)


def _new(part: Path) -> IO[bytes]:
    """Not through a link that somebody has put there."""
    part.unlink(missing_ok=True)
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    return os.fdopen(opened, "wb")


def mark(place: str) -> str | None:
    """Another one where another content is there; none where nothing is."""
    if place.startswith("s3://"):
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return next((f"{one.size} {one.mark}" for one in S3(bucket).objects(key) if one.key == key), None)
    try:
        with Path(place).open("rb") as written:
            return f"{os.fstat(written.fileno()).st_size} {hashlib.file_digest(written, 'sha256').hexdigest()}"
    except OSError:
        return None


def _lines(to: IO[bytes]) -> Write:
    encode = msgspec.json.Encoder().encode_lines

    def write(rows: list[Row]) -> None:
        to.write(encode(rows))

    return write


def _csv(to: IO[str]) -> Write:
    """Half of a character is written as JSON names it."""
    table = csv.writer(to)
    table.writerow(COLUMNS)
    return lambda rows: table.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in rows)


def _cell(value: object) -> object:
    """What has parts is JSON. What a spreadsheet would take for a formula is a text to it."""
    if value is UNSET:
        return ""
    if isinstance(value, Raw):
        value = json.loads(bytes(value))
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
