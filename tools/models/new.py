"""Make a model folder of a file.

    python tools models.new NAME FROM CACHE [--samples FILE] [--labels FILE] [--ask]

The folder NAME appears in the current folder, whole, or not at all. What is done is told on stderr. Exit status 3: it
is refused, and stdout says what, why and what to do, a line each.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tools.models import copied, environment, held, kinds, questions
from tools.models.reading import Reading, Refused, Table
from tools.models.writing import events, folder, readme
from tools.models.writing.table_app import App

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 3


@contextmanager
def making(name: str) -> Iterator[Path]:
    """A folder beside that becomes the new one, unless something goes wrong. What a killed command left goes first."""
    for left in Path().glob(f".{name}.new-*"):
        if not Path("/proc", left.suffix.rpartition("-")[2]).exists():
            shutil.rmtree(left)
    made = Path(f".{name}.new-{os.getpid()}")
    made.mkdir()
    try:
        yield made
        made.rename(name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def read(kind: str, file: Path, samples: list[dict[str, str]], variables: dict[str, str]) -> Reading:
    command = [sys.executable, "-B", str(ROOT / "tools"), f"models.readers.{kind}", str(file)]
    done = subprocess.run(command, input=json.dumps(samples).encode(), capture_output=True, env=variables)
    if done.returncode == REFUSED:
        raise Refused(*json.loads(done.stdout))
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Refused(f"{file.name} cannot be read", (said or [f"status {done.returncode}"])[-1], "")
    return msgspec.json.decode(done.stdout, type=Reading)  # type: ignore[no-any-return]


def of_table(made: Path, name: str, model: Path, table: Table, labels: list[str], variables: dict[str, str]) -> None:
    title, model_file = name.replace("-", " ").capitalize(), f"model{model.suffix}"
    app = App(table, title, model_file, labels)
    first, answer = app.body(table.rows[:1]), app.answer(table.answers[:1])
    text = readme.text(name, title, table.summary, first, answer, model_file, readme.columns(table.columns))
    folder.write(made, table.runtime, model, model_file, app.source(), text)
    requests = [events.request(app.body(table.rows)), events.request(app.refused())]
    (status, found), refused = held.asked(made, requests, variables)
    told = held.check(app.answer(table.answers), status, found)
    print(f"          {len(table.rows)} rows: at most {told:.2g} from what the framework gives", file=sys.stderr)
    good = {
        "one-row": events.good(first, answer),
        "two-rows": events.good(app.body(table.rows[:2]), app.answer(table.answers[:2])),
    }
    written = {"health": events.HEALTH, **good, "wrong-type": events.refusal(app.refused(), *refused)}
    events.write(made / "events", written)


def main(given: argparse.Namespace) -> None:
    source, cache = Path(given.source), Path(given.cache)
    with making(given.name) as made:
        if source.is_dir():
            copied.copy(source, given.name, made)
            return
        kind = kinds.of(source)
        variables = environment.variables(kind, cache)
        reading = read(kind, source, _samples(given.samples), variables)
        print(f"          {reading.summary}", file=sys.stderr)
        labels = questions.labels(reading, given.labels, ask=given.ask)
        assert isinstance(reading, Table)
        of_table(made, given.name, source, reading, labels, variables)


def _samples(file: str | None) -> list[dict[str, Any]]:
    if not file:
        return []
    with Path(file).open(newline="", encoding="utf-8-sig") as opened:
        return [dict(row) for _, row in zip(range(100), csv.DictReader(opened))]  # noqa: B905 - as many as there are


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("name", "source", "cache"):
        parser.add_argument(name)
    for name in ("--samples", "--labels"):
        parser.add_argument(name)
    parser.add_argument("--ask", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    # So that what was begun is taken away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main(_parsed())
    except Refused as refused:
        print(refused.what, refused.why, refused.then, sep="\n")
        sys.exit(REFUSED)
    except OSError as error:
        print(error.strerror or error, error.filename or "", "", sep="\n")
        sys.exit(REFUSED)
