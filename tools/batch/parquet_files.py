"""Parquet on one side and JSON lines on the other: run in the environment that has DuckDB.

    python tools batch.parquet_files read               <TABLE.parquet    prints [[COLUMN, TYPE], …], then a row a line
    python tools batch.parquet_files write COLUMN...    <RESULTS.jsonl    prints the Parquet file

stdin is a file, and so is the stdout of write: nothing else can be opened, whatever a stranger's file asks for. What is
wrong with it is told on stderr, with exit status 3.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

import duckdb

from tools.batch.given import MOST_LINE
from tools.batch.parquet_types import NoValueError, converted, selected
from tools.batch.shapes import Shape

REFUSED = 3
IN, OUT = "/dev/stdin", "/dev/stdout"
# More have no names for their chunks.
MOST_ROWS = 10**9
MEMORY = "1GB"
# Of rows: how many DuckDB hands over at once.
_SOME = 2048
# Of a result: the input, and an answer as large as a function's may be.
_MOST_RESULT = 2 * MOST_LINE + (1 << 22)
# These have their type before anything is seen, so that it is that of any other batch as well.
_ALWAYS = {"row": "BIGINT", "status": "INTEGER", "error": "VARCHAR", "version": "VARCHAR", "ms": "DOUBLE"}


class RefusedError(Exception):
    """Why the file cannot be used; its text is for a person."""


def connected() -> Any:
    """In the order of the rows, with one thread, and in so much memory."""
    config = {"threads": 1, "memory_limit": MEMORY, "autoinstall_known_extensions": False}
    connection = duckdb.connect(":memory:", config=config | {"autoload_known_extensions": False})
    connection.execute(f"SET TimeZone='UTC'; SET temp_directory=''; SET allowed_paths=['{IN}', '{OUT}']")
    connection.execute("SET enable_external_access=false; SET lock_configuration=true")
    return connection


def read(to: IO[str]) -> None:
    connection = connected()
    [(declared,)] = connection.execute(f"FROM parquet_file_metadata('{IN}') SELECT sum(num_rows)").fetchall()
    if not 0 <= declared <= MOST_ROWS:
        raise RefusedError(
            f"it says that it has {declared:,} rows, and a batch has {MOST_ROWS:,} at most: divide it, or write it anew"
        )
    table = f"read_parquet('{IN}', hive_partitioning=false)"
    columns = [(column[0], column[1]) for column in connection.execute(f"FROM {table}").description]
    print(json.dumps([[name, str(type_)] for name, type_ in columns]), file=to)
    query = connection.execute(f"FROM {table} SELECT {', '.join(_selected(*column) for column in columns)}")
    makes = [(place, make) for place, (_, type_) in enumerate(columns) if (make := converted(type_))]
    count = 0
    for row in _rows(query):
        for place, make in makes:
            if row[place] is not None:
                row[place] = make(row[place])
        to.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    if count != declared:
        raise RefusedError(f"it says that it has {declared:,} rows, and {count:,} are in it: write it anew")


def _selected(name: str, type_: Any) -> str:
    try:
        return selected(name, type_)
    except NoValueError as error:
        raise RefusedError(
            f"its column {name} is {type_}, and a request has no {error}: leave it out, or make it a text"
        ) from error


def _rows(query: Any) -> Iterator[list[Any]]:
    while some := query.fetchmany(_SOME):
        yield from map(list, some)


def write(lines: IO[bytes], columns: Sequence[str]) -> None:
    """Gone through twice: the types are known at the end."""
    seen = {name: Shape() for name in columns if name not in _ALWAYS}
    is_twice = False
    for line in lines:
        row, has_twice = _read(line)
        is_twice = is_twice or has_twice
        for name, shape in seen.items():
            shape.see(row.get(name))
    if is_twice:
        _write_anew(lines)
    lines.seek(0)
    types = {name: seen[name].sql() if name in seen else _ALWAYS[name] for name in columns}
    table = f"read_json('{IN}', format='newline_delimited', columns=?, maximum_object_size={_MOST_RESULT})"
    how = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"
    connected().execute(f"COPY (FROM {table}) TO '{OUT}' ({how})", [types])


def _read(line: bytes) -> tuple[dict[str, Any], bool]:
    """The row, and whether an object in it names something twice, which DuckDB refuses."""
    has_twice = False

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal has_twice
        found = dict(pairs)
        has_twice = has_twice or len(found) < len(pairs)
        return found

    row: dict[str, Any] = json.loads(line, object_pairs_hook=made)
    return row, has_twice


def _write_anew(lines: IO[bytes]) -> None:
    """With each name once and the last of its values, which is the one that the model has read."""
    lines.seek(0)
    with tempfile.TemporaryFile() as anew:
        for line in lines:
            anew.write(json.dumps(json.loads(line), ensure_ascii=False).encode() + b"\n")
        anew.seek(0)
        os.dup2(anew.fileno(), lines.fileno())


def reason(error: BaseException, what: str) -> str:
    """What DuckDB says in the first of its lines, without the names by which it knows the file."""
    is_too_much = isinstance(error, duckdb.OutOfMemoryException | MemoryError)
    said = str(error).partition("\n")[0].replace(f" '{IN}'", "").replace(f' "{IN}"', "").strip().rstrip(".")
    if what == "write":
        why = f"{MEMORY} of memory is too little for them" if is_too_much else said
        return f"the results do not become Parquet: {why}. Have them by an --out that ends with .jsonl"
    if is_too_much:
        return (
            f"{MEMORY} of memory is too little for its groups of rows: write it anew with smaller ones, of 10,000 rows"
        )
    return f"it is no Parquet file, or a damaged one, to be written anew: {said}"


def main(what: str, *columns: str) -> None:
    try:
        if what == "read":
            with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as to:
                read(to)
        else:
            write(sys.stdin.buffer, columns)
    except RefusedError as error:
        print(error, file=sys.stderr)
        sys.exit(REFUSED)
    except (duckdb.Error, MemoryError) as error:
        print(reason(error, what), file=sys.stderr)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main(*sys.argv[1:])
