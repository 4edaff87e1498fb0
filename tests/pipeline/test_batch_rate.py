"""A table through --batch, whole command, beside the plain loop that one would write: the same rows in the same run."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.versions import Model
from pipeline_runs import ROOT, Home

NAME = "rated-example"
# A batch begins and ends in about two seconds, which fewer rows do not make up for: docs/batch.md has the figures.
ROWS = 3_000_000
# Of each column, the decimals and the largest value: as wide as the rows that the model was trained on.
COLUMNS = (
    (5, 80),
    (1, 20),
    (2, 27),
    (0, 1),
    (3, 1),
    (3, 9),
    (1, 100),
    (4, 12),
    (0, 24),
    (0, 711),
    (1, 22),
    (2, 400),
    (2, 38),
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Home(tmp_path_factory.mktemp("rated") / "home") as home:
        made = Model.new(home, tmp_path_factory.mktemp("model"), NAME)
        made.deploy().checked()
        yield made
        made.run("-x", "-y").checked()


def table(path: Path) -> Path:
    chance = random.Random(1)
    with path.open("w") as file:
        print(*(f"c{n}" for n in range(len(COLUMNS))), sep=",", file=file)
        for _ in range(ROWS):
            print(*(f"{chance.random() * most:.{decimals}f}" for decimals, most in COLUMNS), sep=",", file=file)
    return path


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def predictions(path: Path) -> Iterator[tuple[int, float]]:
    with path.open() as lines:
        for line in lines:
            said = json.loads(line)
            yield said["row"], said["output"]["prediction"]


@pytest.mark.whole_rate
def test_three_million_rows_take_hardly_longer_than_by_a_plain_loop(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table(tmp_path / "rows.csv")
    loop = [
        sys.executable,
        str(ROOT / "tests" / "plain_loop.py"),
        str(model.folder),
        str(rows),
        str(tmp_path / "plain"),
    ]
    plain = seconds(lambda: subprocess.run(loop, check=True))
    told: list[str] = []
    batch = seconds(lambda: told.append(model.run("--batch", str(rows), "-y").checked().stderr))
    with capsys.disabled():
        print(f"{told[0]}load {os.getloadavg()}, plain loop {plain:.1f} s, --batch {batch:.1f} s: {plain / batch:.0%}")
    found = zip(predictions(tmp_path / "rows.results.jsonl"), predictions(tmp_path / "plain"), strict=True)
    assert sum(one == other for one, other in found) == ROWS
    assert batch <= plain / 0.85
