"""What every model folder has in common. The folders are found, not listed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline_runs import FOLDERS, ROOT, Home
from tools.releases import events
from tools.stacks import model, template

PARTS = ["Dockerfile", "README.md", "app/main.py", "events"]
DEFAULTS = (ROOT / "defaults.env").read_text().splitlines()

pytestmark = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def settings(folder: Path) -> list[str]:
    file = folder / "model.env"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


def test_a_folder_has_every_part(folder: Path) -> None:
    # Who brings a model from elsewhere has trained it elsewhere.
    parts = [*PARTS, "train"] if folder.name.endswith("-example") else PARTS
    assert [part for part in parts if not (folder / part).exists()] == []


def test_settings_are_those_that_differ_from_the_defaults(folder: Path) -> None:
    assert [line for line in settings(folder) if line in DEFAULTS or line.startswith("PROJECT_LAMBDA=")] == []


def test_a_folders_template_holds_nothing_that_stands_in_the_stack(folder: Path) -> None:
    file = folder / "template.yaml"
    own = leaves(template.read(file), ()) if file.exists() else {}
    stack = leaves(template.read(model.STACK), ())
    assert [key for key, value in own.items() if stack.get(key) == value] == []


def leaves(value: Any, at: tuple[str, ...]) -> dict[tuple[str, ...], Any]:
    """Every value that is no map, by its keys."""
    if not isinstance(value, dict):
        return {at: json.dumps(value, default=lambda tagged: [tagged.tag, tagged.value])}
    return {key: leaf for name, entry in value.items() for key, leaf in leaves(entry, (*at, name)).items()}


def test_the_address_names_what_has_been_compared_and_never_latest(folder: Path) -> None:
    resources = model.read(folder)["Resources"]
    assert resources["ApiIntegration"]["Properties"]["IntegrationUri"].value == "Live"
    assert resources["ApiPermission"]["Properties"]["FunctionName"].value == "Live"
    assert resources["Live"]["Properties"]["FunctionVersion"].value == "LiveVersion"
    assert resources["Function"]["Properties"]["AutoPublishAlias"] == "candidate"


def test_the_address_that_is_told_is_the_models_own_path(folder: Path) -> None:
    found = re.findall(r'^    path="(/[^"]+)",$', (folder / "app" / "main.py").read_text(), re.MULTILINE)
    [path] = found or ["/predict"]
    address = model.read(folder)["Outputs"]["ApiUrl"]["Value"]
    assert address.value == f"${{Api.ApiEndpoint}}{path}"


def test_a_dockerfile_is_a_recipe_of_twenty_lines(folder: Path) -> None:
    lines = (folder / "Dockerfile").read_text().splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 120
    first = next(line for line in lines if not line.startswith("#"))
    assert first == "ARG BASE_IMAGE=python:3.11-buster RUN_IMAGE=python:3.11-slim-buster BUILDPLATFORM"
    assert [line for line in lines if re.search(r"apt-get|pip|curl|wget|ADD ", line)] == []


def test_what_a_build_executes_runs_on_the_machine_that_builds(folder: Path) -> None:
    """The stage that becomes the image copies, and runs nothing."""
    lines = (folder / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    assert all("--platform=$BUILDPLATFORM" in lines[number] for number in stages[:-1])
    assert lines[stages[-1]] == "FROM $RUN_IMAGE"
    assert [line for line in lines[stages[-1] :] if line.startswith("RUN ")] == []


def test_a_folder_names_no_other_folder(folder: Path) -> None:
    """It imports none of them, and a copy goes by its own name."""
    others = [other.name for other in FOLDERS if other != folder]
    for source in folder.rglob("*.py"):
        assert [other for other in others if other in source.read_text()] == []


def test_every_requirement_has_its_hashes(folder: Path) -> None:
    for file in folder.rglob("requirements*.txt"):
        lines = file.read_text().replace("\\\n", " ").splitlines()
        for line in lines:
            assert line.startswith("#") or not line.strip() or "--hash=sha256:" in line


def test_an_event_has_a_request_and_its_answer(folder: Path) -> None:
    found = [json.loads(path.read_text()) for path in (folder / "events").glob("*.json")]
    statuses = {event["answer"]["status"] for event in found}
    assert 200 in statuses
    assert any(400 <= status < 500 for status in statuses), "no example of a refusal"


def test_a_folder_deploys_and_answers_its_events(folder: Path, home: Home) -> None:
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d", "-t").checked()
    assert events.main(run.api_url, str(folder / "events")) == 0
    # Nothing in the folder says its name, and yet it knows it.
    assert events.send(run.api_url, {"method": "GET", "path": "/health"})[1]["name"] == folder.name
    own = [path for path in (folder / "app").rglob("*.py") if folder.name in path.read_text()]
    assert own == []
