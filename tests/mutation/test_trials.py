"""What counts as noticed: tried on a repository of a few lines, with tests of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = "def up_to(most):\n    found = 0\n    while found < most:\n        found += 1\n    return found\n"
# It passes once, and never again.
TIRED = """
import time
from pathlib import Path
from serving.it import up_to

def test_it(tmp_path):
    up_to(3)
    time.sleep(0.6)
    been = Path(__file__).with_name("been")
    assert not been.exists()
    been.touch()
"""
CAREFUL = "from serving.it import up_to\n\ndef test_it():\n    assert [up_to(0), up_to(3)] == [0, 3]\n"

# One that runs it and looks at nothing, and one of which nobody is told what it ran.
KILLING = """
import subprocess
import sys
from serving.it import up_to

PROGRAM = "import os; from serving.it import up_to; print(up_to(0), up_to(3), flush=True); os.kill(os.getpid(), 9)"

def test_that_it_runs():
    up_to(3)

def test_it_in_a_process_that_is_killed():
    assert subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True).stdout == "0 3\\n"
"""

# The second one is dearer.
QUICK_AND_DEAR = """
import time
from serving.it import up_to

def test_that_it_runs():
    up_to(3)

def test_it():
    time.sleep(0.1)
    assert [up_to(0), up_to(3)] == [0, 3]
"""


def mutants(folder: Path, tests: str, *arguments: str, of: str = "it") -> subprocess.CompletedProcess[str]:
    """The command, in a repository where it says sooner that a test does not end."""
    shutil.copytree(HERE, folder / "tests" / "mutation", ignore=shutil.ignore_patterns("test_*", "__pycache__"))
    for name, text in {
        "tests/mutation/survivors.toml": "",
        "tests/mutation/trials.py": (HERE / "trials.py").read_text().replace("= 4, 5, 60", "= 4, 0.5, 60"),
        "tests/mutation/covered.py": (HERE / "covered.py").read_text().replace("OF_TESTS = 20.0", "OF_TESTS = 0.0"),
        f"tests/serving/test_{of}.py": tests,
        "serving/it.py": SOURCE,
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = "--import-mode=importlib"\n',
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    command = [sys.executable, "tests/mutation", *arguments]
    # The test that runs now is none of those that it is to know.
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def last_line(run: subprocess.CompletedProcess[str]) -> list[str]:
    assert run.stdout, run.stderr
    return run.stdout.splitlines()[-1].split()


def test_what_fails_or_does_not_end_is_noticed_and_not_tried_again(tmp_path: Path) -> None:
    results, noticed = tmp_path / "results", ["all", "5", "5", "5", "0", "0", "100.0%"]
    run = mutants(tmp_path / "first", CAREFUL, "--results", str(results))
    assert (run.returncode, last_line(run)) == (0, noticed), run.stdout
    assert results.read_text().count('"endless"') == 1
    assert results.read_text().count('"test": "tests/serving/test_it.py::test_it"') == 5
    # With these tests it would end.
    run = mutants(tmp_path / "second", "raise KeyError\n", "--results", str(results))
    assert (run.returncode, last_line(run)) == (0, noticed), run.stdout


def test_tests_of_a_files_own_are_run_also_where_nobody_knows_what_they_ran(tmp_path: Path) -> None:
    run = mutants(tmp_path, KILLING)
    assert (run.returncode, last_line(run)) == (0, ["all", "5", "5", "5", "0", "0", "100.0%"]), run.stdout


def test_what_seems_to_go_unnoticed_is_tried_with_the_dearest_tests_too(tmp_path: Path) -> None:
    run = mutants(tmp_path, QUICK_AND_DEAR, of="something_else")
    assert (run.returncode, last_line(run)) == (0, ["all", "5", "5", "5", "0", "0", "100.0%"]), run.stdout


def test_what_fails_without_the_change_too_is_not_noticed(tmp_path: Path) -> None:
    run = mutants(tmp_path, TIRED, "--sample", "1", "--seed", "1")
    assert run.returncode == 1
    assert "unsettled  serving/it.py  up_to" in run.stdout
