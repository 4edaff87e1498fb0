"""Tests notice what they are there to notice: a few files whose every change is tried, and the list of the others."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from mutation import changes, survivors
from pipeline_runs import ROOT

FETCHING = "tests/serving/fetching"
# What keeps strangers out of our network; its tests ask nobody and wait for nothing.
GUARDS = ["serving/fetching/addresses.py", "serving/fetching/urls.py"]


@cache
def changes_of(file: str) -> list[changes.Change]:
    return list(changes.of(ROOT / file, ROOT))


def mutants(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tests/mutation", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "row", survivors.listed(), ids=lambda row: f"{row['file']} {row['function']} {row['line'][:50]}"
)
def test_a_listed_survivor_is_still_a_change_of_that_place_and_has_a_reason(row: survivors.Row) -> None:
    assert any(survivors.is_about(row, change) for change in changes_of(row["file"]))
    assert len(row["reason"]) > 10


def test_no_change_of_what_guards_the_network_goes_unnoticed() -> None:
    run = mutants(*GUARDS, "--tests", f"{FETCHING}/test_addresses.py", f"{FETCHING}/test_urls.py")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_change_that_no_test_notices_is_told() -> None:
    run = mutants(
        "serving/fetching/addresses.py", "--tests", "tests/serving/test_timing.py", "--sample", "2", "--seed", "1"
    )
    assert run.returncode == 1, run.stderr
    assert run.stdout.count("untested  serving/fetching/addresses.py") == 2
    assert run.stdout.splitlines()[-1].split() == ["all", "2", "2", "0", "0", "2", "0.0%"]


def test_the_changes_of_a_file_are_those_that_a_mistake_would_make(tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text(
        'MOST = 5\n\ndef take(text: str, *, again: bool = False) -> list[str]:\n    """Say."""\n'
        "    if not text or len(text) > MOST:\n        raise ValueError(f'{text} is long')\n"
        "    return text.split('-', maxsplit=1)\n"
    )
    found = list(changes.of(tmp_path, tmp_path))
    assert {(change.function, change.line, change.becomes) for change in found} == {
        ("", "MOST = 5", "MOST = 6"),
        (
            "take",
            "def take(text: str, *, again: bool = False) -> list[str]:",
            "def take(text: str, *, again: bool = True) -> list[str]:",
        ),
        ("take", "if not text or len(text) > MOST:", "if (not text and len(text) > MOST):"),
        ("take", "if not text or len(text) > MOST:", "if (text) or len(text) > MOST:"),
        ("take", "if not text or len(text) > MOST:", "if not text or (len(text) >= MOST):"),
        ("take", "raise ValueError(f'{text} is long')", "pass"),
        ("take", "return text.split('-', maxsplit=1)", "return None"),
        ("take", "return text.split('-', maxsplit=1)", "return text.split('-')"),
        ("take", "return text.split('-', maxsplit=1)", "return text.split('XX-', maxsplit=1)"),
        ("take", "return text.split('-', maxsplit=1)", "return text.split('-', maxsplit=2)"),
    }
