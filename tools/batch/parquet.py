"""Tables and results in Parquet. What reads and writes it is DuckDB, in an environment of its own that is made when
somebody has such a file, and in a process of its own, without the keys of this one: a stranger may have written it.

    python tools batch.parquet    installs it, if it is not there; if it cannot, prints why, with exit status 3
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tools.batch import rows, texts
from tools.batch.given import MOST_LINE, Remarks, UnusableError
from tools.models import environment
from tools.models.reading import Refused, told

ROOT = Path(__file__).resolve().parents[2]
SUFFIX = ".parquet"
# The exit status of a program that says why.
REFUSED = 3


def bodies(opened: Callable[[], IO[bytes]], schema: rows.Schema, remarks: Remarks) -> Iterator[bytes]:
    """A column that holds nothing in a row is left out of its body, as an empty cell of CSV is."""
    with opened() as file, _with_a_number(file) as table, _said(table) as lines:
        columns = json.loads(next(lines))
        remarks.head = texts.shown("columns: " + ", ".join(f"{name} {type_}" for name, type_ in columns))
        make = rows.maker([name for name, _ in columns], schema)
        for line in lines:
            yield rows.encoded(make.of(json.loads(line)))


def write(lines: Path, columns: Sequence[str], to: IO[Any]) -> None:
    with lines.open("rb") as file, tempfile.TemporaryFile() as errors:
        done = subprocess.run(_command("write", *columns), stdin=file, stdout=to, stderr=errors, env=_variables())
        _check(done.returncode, errors)


@contextmanager
def _with_a_number(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file of the system's, in which one can go back and forth, as Parquet wants it."""
    try:
        file.fileno()
    except OSError:
        with tempfile.TemporaryFile() as copied:
            shutil.copyfileobj(file, copied, 1 << 20)
            copied.seek(0)
            yield copied
    else:
        yield file


@contextmanager
def _said(table: IO[bytes]) -> Iterator[Iterator[bytes]]:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            _command("read"), stdin=table, stdout=subprocess.PIPE, stderr=errors, env=_variables()
        )
        try:
            assert process.stdout
            yield _lines(process.stdout, lambda: _check(process.wait(), errors))
        finally:
            process.kill()
            process.communicate()


def _lines(said: IO[bytes], check: Callable[[], None]) -> Iterator[bytes]:
    number = 0
    while line := said.readline(MOST_LINE + 1):
        if len(line) > MOST_LINE:
            raise UnusableError(f"its row {number:,} is longer than {MOST_LINE:,}, which no request may be")
        # the first one names the columns
        if not line.endswith(b"\n"):
            break
        yield line
        number += 1
    check()


def _check(status: int, errors: IO[bytes]) -> None:
    if not status:
        return
    errors.seek(0)
    said = errors.read().decode(errors="replace").strip()
    if status != REFUSED:
        last = said.rpartition("\n")[2] or f"it ended with status {status}"
        said = f"what reads and writes Parquet has failed: {last}. Write the table as CSV, or the results as .jsonl"
    raise UnusableError(texts.shown(said, 1000))


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-B", str(ROOT / "tools"), "batch.parquet_files", *arguments]


def _variables() -> dict[str, str]:
    try:
        return installed()
    except Refused as refused:
        raise UnusableError(refused.lines()) from refused


def installed() -> dict[str, str]:
    """The environment variables with which this Python finds DuckDB."""
    return environment.variables("duckdb", Path(os.environ["PIPELINE_HOME"], "cache"))


if __name__ == "__main__":
    with told():
        installed()
