"""What the picture models go on with where their own weights cannot be had: a real classifier, and that is said."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest

import calls
from pipeline_runs import FOLDERS, Home, copy_of
from sent_pictures import as_base64
from tools.releases import events

NAME = "efficientnet_lite0"
CATALOGUED = [folder for folder in FOLDERS if (folder / "weights.toml").exists()]
PHOTOGRAPHS = Path(__file__).parents[2] / "exporting" / "pictures" / "photographs"
# As the network's own authors' code sees them, in PyTorch and in full size.
EXPECTED = {"cat.jpg": ("Egyptian cat", 38.6), "coffee.jpg": ("espresso", 95.7), "rocket.jpg": ("missile", 24.2)}


class Deployed(NamedTuple):
    folder: Path
    default: str
    url: str
    said: str
    status: str


@pytest.fixture(scope="module")
def deployed(home: Home, tmp_path_factory: pytest.TempPathFactory) -> list[Deployed]:
    """Both folders where no hub can be reached, and the package index can."""
    found = []
    for original in CATALOGUED:
        name = original.name.replace("-example", "-stand-in")
        folder = copy_of(original, tmp_path_factory.mktemp("stand-in") / name)
        catalogue = folder / "weights.toml"
        catalogue.write_text(catalogue.read_text().replace("https://", "https://nowhere.invalid/"))
        run = home.run("-s", "local", "-r", "-p", str(folder), "-d").checked()
        status = home.run("-s", "local", "-m", str(folder), "--status").checked().stdout
        default = dict(line.split("=", 1) for line in (folder / "model.env").read_text().splitlines() if "=" in line)
        found.append(Deployed(folder, default["WEIGHTS"], run.api_url, run.stderr, status))
    return found


def answers(one: Deployed) -> dict[str, dict[str, float]]:
    found = {}
    for path in sorted(PHOTOGRAPHS.glob("*.jpg")):
        status, answer = calls.post(one.url, {"data": as_base64(path.read_bytes()), "n_predictions": 1000})
        assert status == 200
        found[path.name] = dict(answer)
    return found


def test_it_knows_what_is_in_a_photograph_in_either_framework(deployed: list[Deployed]) -> None:
    first, second = map(answers, deployed)
    for name, (label, percent) in EXPECTED.items():
        assert next(iter(first[name])) == next(iter(second[name])) == label
        assert first[name][label] == pytest.approx(percent, abs=1)
    for name, percentages in first.items():
        assert percentages == pytest.approx(second[name], abs=0.1)  # percent: a thousandth


def test_its_events_are_answered(deployed: list[Deployed], capfd: pytest.CaptureFixture[str]) -> None:
    for one in deployed:
        assert events.main(one.url, str(one.folder / "events")) == 0
        assert "as expected  photograph-body" in capfd.readouterr().err


def test_that_it_stands_in_is_said_wherever_one_looks(deployed: list[Deployed]) -> None:
    for one in deployed:
        note = f"Stand-in: the weights {one.default} could not be had where this was built."
        assert f"THE MODEL WILL ANSWER WITH THE WEIGHTS {NAME}" in one.said
        status, health = calls.get(one.url, "/health")
        assert (status, health["weights"], health["note"]) == (200, NAME, note)
        assert f"note {note}" in " ".join(one.status.split())
        picture = (PHOTOGRAPHS / "cat.jpg").read_bytes()
        request = urllib.request.Request(one.url, picture, {"Content-Type": "image/jpeg"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.headers["model-note"] == note


def test_the_document_introduces_what_is_served(deployed: list[Deployed]) -> None:
    for one in deployed:
        status, document = calls.get(one.url, "/openapi.json")
        assert status == 200
        assert document["info"]["title"] == "What is in a picture"
        assert document["info"]["description"].startswith("EfficientNet-Lite0")
