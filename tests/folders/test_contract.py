"""What every model folder has in common. The folders are found, not listed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline_runs import FOLDERS, ROOT, Home
from tools.releases import events
from tools.stacks import template

REFERENCE = ROOT / "xgboost-example"
PARTS = ["Dockerfile", "README.md", "app/main.py", "events", "model.env", "requirements.in", "requirements.txt"]
PARTS += ["template.yaml", "train"]

pytestmark = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def names(folder: Path) -> dict[str, str]:
    lines = (folder / "model.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def shape(template: dict[str, Any]) -> dict[str, str]:
    return {name: resource["Type"] for name, resource in template["Resources"].items()}


def test_a_folder_has_every_part(folder: Path) -> None:
    assert [part for part in PARTS if not (folder / part).exists()] == []


def test_a_folder_is_called_what_its_stack_is_called(folder: Path) -> None:
    assert names(folder)["PROJECT_LAMBDA"] == folder.name


def test_every_folder_sets_the_same_names(folder: Path) -> None:
    assert names(REFERENCE).keys() <= names(folder).keys()
    for name in ("TEMPLATE_REGISTRY", "TEMPLATE_LAMBDA", "PREFIX_LAMBDA"):
        assert names(folder)[name] == names(REFERENCE)[name]


def test_a_template_has_what_every_template_has(folder: Path) -> None:
    ours, reference = (template.read(at / "template.yaml") for at in (folder, REFERENCE))
    assert shape(reference).items() <= shape(ours).items()
    assert reference["Parameters"].keys() <= ours["Parameters"].keys()
    assert reference["Outputs"].keys() <= ours["Outputs"].keys()


def test_the_address_names_what_has_been_compared_and_never_latest(folder: Path) -> None:
    resources = template.read(folder / "template.yaml")["Resources"]
    assert resources["ApiIntegration"]["Properties"]["IntegrationUri"].value == "Live"
    assert resources["ApiPermission"]["Properties"]["FunctionName"].value == "Live"
    assert resources["Live"]["Properties"]["FunctionVersion"].value == "LiveVersion"
    assert resources["Function"]["Properties"]["AutoPublishAlias"] == "candidate"


def test_templates_say_the_same_of_what_they_share(folder: Path) -> None:
    """Written out for each folder, and alike but for the function itself."""
    ours, reference = (template.read(at / "template.yaml") for at in (folder, REFERENCE))
    for part in ("Parameters", "Conditions", "Resources", "Outputs"):
        for name, value in reference[part].items():
            if name not in ("Project", "Function", "ApiUrl"):
                assert plain(ours[part][name]) == plain(value), name


def test_the_address_that_is_told_is_the_models_own_path(folder: Path) -> None:
    [path] = re.findall(r'^    path="(/[^"]+)",$', (folder / "app" / "main.py").read_text(), re.MULTILINE)
    address = template.read(folder / "template.yaml")["Outputs"]["ApiUrl"]["Value"]
    assert address.value == f"${{Api.ApiEndpoint}}{path}"


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda tagged: [tagged.tag, tagged.value]))


def test_a_function_ends_before_its_gateway_gives_up(folder: Path) -> None:
    assert int(names(folder)["TIMEOUT_LAMBDA"]) < 30


def test_a_dockerfile_installs_nothing_from_a_network(folder: Path) -> None:
    text = (folder / "Dockerfile").read_text()
    assert "apt-get" not in text
    assert "--no-index" in text
    assert re.search(r"^ARG BASE_IMAGE=python:3.11-buster$", text, re.MULTILINE)
    assert re.search(r"^ARG RUN_IMAGE=python:3.11-slim-buster$", text, re.MULTILINE)


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
