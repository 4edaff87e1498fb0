"""Files of Parquet, written and looked at with the library itself, which is in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline_runs import MAIN_HOME
from tools.models import environment

WRITE = """
import duckdb, sys
duckdb.execute(f"COPY ({sys.argv[2]}) TO '{sys.argv[1]}' (FORMAT parquet{sys.argv[3]})")
"""
READ = """
import duckdb, json, sys
found = duckdb.execute("FROM read_parquet(?)", sys.argv[1:])
types = {column[0]: str(column[1]) for column in found.description}
print(json.dumps([types, [dict(zip(types, row)) for row in found.fetchall()]]))
"""


def written(path: Path, query: str, options: str = "") -> Path:
    """What the query finds; `options` as COPY takes them, with a comma before each."""
    _run(WRITE, str(path), query, options)
    return path


def read(path: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The types of its columns, and its rows."""
    types, rows = json.loads(_run(READ, str(path)))
    return types, rows


def _run(program: str, *arguments: str) -> str:
    variables = environment.variables("duckdb", MAIN_HOME / "cache")
    return subprocess.check_output([sys.executable, "-c", program, *arguments], env=variables, text=True)
