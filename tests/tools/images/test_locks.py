"""Lock files with lines that hold for one machine only."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import assert_explained
from pipeline_runs import ROOT, Home, copy_of
from tools.images import locks, stale_locks

LOCK = """# of two machines
general==1.0 ; platform_machine == 'aarch64' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
small==1.0 ; platform_machine != 'aarch64' \\
    --hash=sha256:cc
windows==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:dd
shared[extra]==2.0 \\
    --hash=sha256:ee
"""


@pytest.mark.parametrize(
    ("architecture", "kept"),
    [("arm64", ["general==1.0", "aa", "bb", "shared[extra]==2.0", "ee"]), ("x86_64", ["small==1.0", "cc", "ee"])],
)
def test_a_machine_gets_the_lines_that_hold_for_it(architecture: str, kept: list[str]) -> None:
    found = locks.applicable(LOCK, architecture)
    assert all(word in found for word in kept)
    assert ";" not in found
    assert "windows" not in found
    assert len([line for line in found.splitlines() if line[0].isalpha()]) == 2


def test_a_lock_without_conditions_stays_as_it_is() -> None:
    lock = "# one\nshared==2.0 \\\n    --hash=sha256:ee\n"
    assert locks.applicable(lock, "arm64") == lock


# --- a lock that does not hold what is asked for ------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "problems"),
    [
        ("# nothing\n\n", []),
        ("shared[extra]==2.0  # why\n-c other.txt\nSmall\n", []),
        ("shared>=2.1", ["shared>=2.1 is asked for, and 2.0 is locked"]),
        ("another\nshared", ["another is not in it"]),
        ("another ; platform_machine == 'aarch64'", []),
        ("# without: another\nanother==1\nshared", []),
    ],
)
def test_what_is_asked_for_is_looked_for_in_the_lock(asked: str, problems: list[str]) -> None:
    assert list(stale_locks.unmet(asked, LOCK, "x86_64")) == problems


SOURCES = sorted(
    file for file in ROOT.rglob("*.in") if file.with_suffix(".txt").exists() and ".pipeline" not in file.parts
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_lock_of_the_repository_holds_what_is_asked_for(source: Path) -> None:
    for architecture in locks.MACHINES:
        found = stale_locks.unmet(source.read_text(), source.with_suffix(".txt").read_text(), architecture)
        assert not list(found)


def test_a_stale_lock_is_refused_and_a_command_mends_it(home: Home, tmp_path: Path) -> None:
    folder = copy_of(ROOT / "xgboost-example", tmp_path / "stale-example")
    (folder / "requirements.in").write_text((folder / "requirements.in").read_text() + "six\n")
    run = home.run("-s", "local", "-r", "-p", str(folder))
    assert_explained(
        run, "stale-example asks for what its lock does not hold", "six is not in it", f"--lock -m {folder}"
    )
    assert "registry" not in run.stderr
    before = (folder / "requirements.txt").read_text()
    home.run("--lock", "-m", str(folder)).checked()
    after = (folder / "requirements.txt").read_text()
    assert "\nsix==" in after
    assert set(before.splitlines()) <= set(after.splitlines())
    assert home.run("-n", "-s", "local", "-p", str(folder)).status == 0


def test_a_folder_that_asks_for_nothing_has_nothing_to_lock(home: Home, tmp_path: Path) -> None:
    folder = copy_of(ROOT / "xgboost-example", tmp_path / "plain-example")
    for file in folder.glob("requirements*"):
        file.unlink()
    assert_explained(home.run("--lock", "-m", str(folder)), "asks for nothing of its own", "building/requirements.txt")
