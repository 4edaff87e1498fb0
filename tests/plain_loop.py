"""What one writes without --batch, with a process on each processor.

    python plain_loop.py FOLDER INPUT.csv >OUTPUT.jsonl

FOLDER is xgboost-example. The model is asked ten thousand rows at a time, through the same library as the function's.
"""

from __future__ import annotations

import csv
import importlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

AT_ONCE = 10_000
main: Any = None


def begin(folder: str) -> None:
    global main
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), folder]
    main = importlib.import_module("app.main")


def groups(table: Iterator[list[str]]) -> Iterator[tuple[int, list[list[str]]]]:
    first = 0
    while some := list(itertools.islice(table, AT_ONCE)):
        yield first, some
        first += len(some)


def answered(group: tuple[int, list[list[str]]]) -> str:
    """A line each, as the results of a batch have it."""
    first, cells = group
    rows = [[float(cell) for cell in row] for row in cells]
    predictions = main.rounded(main.handler.model.forest.predict(rows))
    return "".join(
        json.dumps({"row": row, "input": {"input_X": given}, "output": {"message": main.MESSAGE, "prediction": said}})
        + "\n"
        for row, given, said in zip(itertools.count(first), rows, predictions)
    )


if __name__ == "__main__":
    folder, given = sys.argv[1:]
    with (
        Path(given).open(newline="") as rows,
        ProcessPoolExecutor(os.cpu_count(), initializer=begin, initargs=(folder,)) as pool,
    ):
        table = csv.reader(rows)
        next(table)
        sys.stdout.writelines(pool.map(answered, groups(table)))
