"""What is deployed, as checkov sees it, and the bill of an image, as CycloneDX's own schema does."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from judges.installed import programs
from pipeline_runs import FOLDERS, ROOT, Home

TEMPLATES = ("registry.yaml", "caller.yaml", "ci-role.yaml", "deploy/elastic-beanstalk.yaml")
FRAMEWORKS = ("cloudformation", "dockerfile", "gitlab_ci")
EXCEPTIONS = Path(__file__).resolve().parent / "exceptions.toml"
VALIDATING = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()) or "") or 0)
"""


@pytest.fixture(scope="module")
def judged(home: Home, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Everything at once: it takes checkov longer to start than to judge."""
    folder = tmp_path_factory.mktemp("judged")
    for template in TEMPLATES:
        shutil.copy(ROOT / template, folder)
    shutil.copy(ROOT / "docs" / "ci" / "gitlab.yml", folder / ".gitlab-ci.yml")
    for model in FOLDERS:
        printed = home.run("-s", "dev", "-m", str(model), "--template").checked().stdout
        (folder / f"{model.name}.yaml").write_text(printed)
        (folder / model.name).mkdir()
        shutil.copy(model / "Dockerfile", folder / model.name)
    command = [str(programs() / "checkov"), "--directory", ".", "--framework", *FRAMEWORKS]
    command += ["--quiet", "--compact", "--skip-download", "--soft-fail", "--output", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def exceptions() -> list[dict[str, str]]:
    found: list[dict[str, str]] = tomllib.loads(EXCEPTIONS.read_text())["exception"]
    return found


def test_checkov_has_read_all_of_it(judged: list[dict[str, Any]]) -> None:
    assert {result["check_type"] for result in judged} == set(FRAMEWORKS)
    assert [result["summary"]["parsing_errors"] for result in judged] == [0] * len(FRAMEWORKS)
    assert all(result["summary"]["passed"] for result in judged)


def test_what_checkov_finds_is_an_exception_with_its_reason_and_each_is_needed(judged: list[dict[str, Any]]) -> None:
    found = {
        (check["check_id"], "Dockerfile" if result["check_type"] == "dockerfile" else check["resource"])
        for result in judged
        for check in result["results"]["failed_checks"]
    }
    assert found == {(exception["check"], exception["at"]) for exception in exceptions()}
    assert all(exception["why"].strip() for exception in exceptions())


def test_the_bill_of_an_image_is_valid(home: Home, deployed: str) -> None:
    run = home.run("-s", "local", "-m", "xgboost-example", "--sbom").checked()
    command = [str(programs() / "python"), "-c", VALIDATING]
    judged = subprocess.run(command, input=run.stdout, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    purls = [part.get("purl", "") for part in json.loads(run.stdout)["components"]]
    assert [purl for purl in purls if purl.startswith("pkg:pypi/xgboost-cpu@3.2.0")]
    assert [purl for purl in purls if purl.startswith("pkg:deb/debian/")]
    assert "layer 1: " in run.stderr
