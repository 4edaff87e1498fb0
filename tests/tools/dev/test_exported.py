"""The model of a folder that exports it, made without a container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_runs import ROOT

EXPORT = """
import json, sys
from pathlib import Path

source, model, backend = sys.argv[1:]
model = Path(model)
model.mkdir(parents=True)
learned = Path(source, "learned.txt").read_text()
(model / "model.json").write_text(json.dumps({"learned": learned, "backend": backend}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With all that an export reads, and a framework that is here already."""
    made = tmp_path / "small"
    for name, text in {
        "requirements-export.txt": "",
        "app/network/__init__.py": "",
        "export/__main__.py": EXPORT,
        "model/learned.txt": "much",
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


def exported(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ROOT / "tools"),
        "dev.exported",
        str(folder),
        str(folder.parent / "made"),
        "BACKEND=fast",
    ]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def here(folder: Path) -> list[str]:
    return os.listdir(folder.parent / "made")  # noqa: PTH208


FRAMEWORK = ("--framework", sys.prefix)


def test_it_is_made_by_the_steps_of_the_build(folder: Path) -> None:
    made = exported(folder, *FRAMEWORK)
    assert made.returncode == 0, made.stderr
    model = json.loads((Path(made.stdout.strip()) / "model.json").read_text())
    assert model == {"learned": "much", "backend": "fast"}


def test_it_is_not_made_twice(folder: Path) -> None:
    assert exported(folder).returncode == 3
    made = exported(folder, *FRAMEWORK).stdout
    again = exported(folder)
    assert (again.returncode, again.stdout) == (0, made)


def test_what_it_is_made_of_decides_and_the_old_one_goes(folder: Path) -> None:
    exported(folder, *FRAMEWORK)
    before = here(folder)
    (folder / "model" / "learned.txt").write_text("more")
    assert exported(folder).returncode == 3
    assert exported(folder, *FRAMEWORK).returncode == 0
    assert len(here(folder)) == 1
    assert here(folder) != before


def test_an_export_that_fails_leaves_nothing_and_says_why(folder: Path) -> None:
    (folder / "export" / "__main__.py").write_text("raise SystemExit('it differs from its framework')")
    made = exported(folder, *FRAMEWORK)
    assert made.returncode == 1
    assert "it differs from its framework" in made.stderr
    assert here(folder) == []
