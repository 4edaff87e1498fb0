"""An input through --batch, beside the plain loop that one would write: the same work in the same run."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import model_images
from pipeline.versions import Model
from pipeline_runs import ROOT, Home, copy_of

# Of what the loop does in a second, a batch does so much at least.
SHARE = 0.85
# Quoting, beginning and checking take seconds that fewer inputs do not make up for: docs/batch.md has the figures.
MANY, FEW = 3_000_000, 100_000
PICTURES = 1_000
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


# Lets what is printed through.
Show = Callable[[], AbstractContextManager[None]]


@dataclass
class Took:
    """In seconds."""

    plain: float
    batch: float  # the whole command
    work: float  # from its start to its end in AWS

    def __str__(self) -> str:
        rates = f"{self.plain / self.batch:.0%} of its rate, the work alone {self.plain / self.work:.0%}"
        return f"plain loop {self.plain:.1f} s, --batch {self.batch:.1f} s, {rates}; load {os.getloadavg()}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home(tmp_path_factory.mktemp("rated") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def model(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    made = Model.new(home, tmp_path_factory.mktemp("model"), "rated-example")
    made.deploy().checked()
    yield made
    made.run("-x", "-y").checked()


def table(path: Path, rows: int) -> Path:
    chance = random.Random(rows)
    with path.open("w") as file:
        print(*(f"c{n}" for n in range(len(COLUMNS))), sep=",", file=file)
        for _ in range(rows):
            print(*(f"{chance.random() * most:.{decimals}f}" for decimals, most in COLUMNS), sep=",", file=file)
    return path


def took(model: Model, loop: list[str], given: Path, plain: Path, show: Show) -> Took:
    began = time.perf_counter()
    with plain.open("wb") as file:
        subprocess.run(loop, stdout=file, check=True)
    between = time.perf_counter()
    told = model.run("--batch", str(given), "-y").checked().stderr
    ended = time.perf_counter()
    [work] = re.findall(r"^ +ended \(([\d.]+) s\)$", told, re.MULTILINE)
    found = Took(between - began, ended - between, float(work))
    with show():
        print(f"{told}{found}")
    return found


def of_rows(model: Model, rows: int, tmp_path: Path, show: Show) -> Took:
    given, plain = table(tmp_path / "rows.csv", rows), tmp_path / "plain"
    loop = [sys.executable, str(ROOT / "tests" / "plain_loop.py"), str(model.folder), str(given)]
    found = took(model, loop, given, plain, show)
    pairs = zip(predictions(tmp_path / "rows.results.jsonl"), predictions(plain), strict=True)
    assert sum(one == other for one, other in pairs) == rows
    return found


def predictions(path: Path) -> Iterator[tuple[int, float]]:
    with path.open() as lines:
        for line in lines:
            said = json.loads(line)
            yield said["row"], said["output"]["prediction"]


@pytest.mark.whole_rate
def test_three_million_rows_take_hardly_longer_than_by_a_plain_loop(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = of_rows(model, MANY, tmp_path, capsys.disabled)
    assert found.batch <= found.plain / SHARE


@pytest.mark.whole_rate
def test_a_hundred_thousand_rows_take_hardly_longer_once_they_have_begun(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_rows(model, 1_000, tmp_path, capsys.disabled)  # starts the containers
    found = of_rows(model, FEW, tmp_path, capsys.disabled)
    assert found.work <= found.plain / SHARE


@pytest.mark.whole_rate
def test_a_thousand_pictures_take_hardly_longer_once_they_have_begun(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(ROOT / "tensorflow-example", tmp_path / "pictured-example")
    model = Model(home, folder, folder.name)
    image = model_images.pushed(home, folder)
    model.run("-d").checked()
    given = pictures(tmp_path / "pictures")
    mounts = ("--volume", f"{given}:/given:ro", "--volume", f"{ROOT / 'tests' / 'plain_pictures.py'}:/plain.py:ro")
    start = ["docker", "run", "--rm", "--network", "none", *mounts, "--entrypoint", "python3"]
    found = took(model, [*start, image, "/plain.py", "/given"], given, tmp_path / "plain", capsys.disabled)
    answers = [classes((tmp_path / name).read_text()) for name in ("pictures.results.jsonl", "plain")]
    assert answers[0] == answers[1]
    assert len(answers[0]) == PICTURES
    model.run("-x", "-y").checked()
    assert found.work <= found.plain / SHARE


def pictures(folder: Path) -> Path:
    """Each another one, of the size of a small photograph."""
    folder.mkdir()
    noise = random.Random(1)
    for number in range(PICTURES):
        small = Image.frombytes("RGB", (24, 18), noise.randbytes(24 * 18 * 3))
        small.resize((640, 480), Image.Resampling.BICUBIC).save(folder / f"{number:04}.jpg", quality=90)
    return folder


def classes(results: str) -> list[tuple[str, Any]]:
    lines = [json.loads(line) for line in results.splitlines()]
    return [(line["input"], line["output"]) for line in lines]
