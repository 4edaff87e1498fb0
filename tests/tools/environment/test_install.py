"""The environment of a lock file: by uv, and by pip where uv finds nothing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from pipeline_runs import ROOT

INSTALL = ROOT / "tools" / "environment" / "install.sh"
TOOLS = (ROOT / "tools" / "environment" / "requirements.txt").read_text()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Of one small package, as the tools' own lock has it."""
    [entry] = re.findall(r"^six==.*\n(?: .*\n)+", TOOLS, re.MULTILINE)
    file = tmp_path / "requirements.txt"
    file.write_text(entry)
    return file


def install(lock: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(INSTALL), str(lock), str(lock.parent / "venv")]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def works(venv: Path) -> bool:
    return subprocess.run([venv / "bin" / "python", "-c", "import six"], check=False).returncode == 0


def test_uv_installs_what_is_locked(lock: Path) -> None:
    run = install(lock)
    assert run.returncode == 0, run.stderr
    assert " + six==" in run.stderr
    assert works(lock.parent / "venv")
    assert (lock.parent / "venv" / "made-from").read_bytes() == lock.read_bytes()


def test_pip_does_it_where_uv_finds_nothing(lock: Path) -> None:
    run = install(lock, UV_DEFAULT_INDEX="http://127.0.0.1:9/simple", UV_NO_CACHE="1")
    assert run.returncode == 0, run.stderr
    assert "127.0.0.1:9" in run.stderr
    assert "Successfully installed six" in run.stdout
    assert works(lock.parent / "venv")


def test_another_package_than_the_locked_one_is_not_installed(lock: Path) -> None:
    lock.write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, lock.read_text()))
    assert install(lock).returncode != 0
    assert not (lock.parent / "venv" / "made-from").exists()
    assert not works(lock.parent / "venv")


def test_the_tests_run_with_the_versions_that_a_run_has() -> None:
    def pins(text: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", text, re.MULTILINE))

    assert pins(TOOLS) <= pins((ROOT / "tests" / "requirements.txt").read_text())
