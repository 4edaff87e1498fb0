"""A stranger's code in its container: it has an end, in time and in words, and what it leaves is taken away."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.faults import STAND_IN
from pipeline.shell import shell

# Of Python's own library, the program that runs what it is given.
RUNS = "-n 1 -r 1"


def isolated(folder: Path, seconds: int, most: int, code: str) -> tuple[int, int, str]:
    """The status, how much came out, and the end of the log."""
    script = f"""
    mkdir "$RUN_DIR/packages"
    PIPELINE_HOME=$RUN_DIR
    engine::isolated {seconds} {most} {STAND_IN} "$RUN_DIR/packages" timeit {RUNS} "$CODE" >"$RUN_DIR/out" </dev/null
    """
    done = shell(script, folder, {"CODE": code})
    left = ["docker", "ps", "--quiet", "--filter", f"label=pipeline={folder}"]
    assert subprocess.run(left, capture_output=True, text=True, check=True).stdout == ""
    return done.status, (folder / "out").stat().st_size, done.stderr


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("while True: pass", 124),
        ("import os, signal\nsignal.signal(15, signal.SIG_IGN)\nos.fork()\nwhile True: pass", 124),
        ("import os\nwhile True: os.write(1, b'x' * 65536)", 123),
        ("import os\nos.write(1, b'x' * 1000); os._exit(3)", 3),
    ],
    ids=["for ever", "deaf", "talks", "ends"],
)
def test_it_ends(tmp_path: Path, code: str, status: int) -> None:
    ended, size, _ = isolated(tmp_path, 3, 1_000_000, code)
    assert (ended, size <= 1_000_000) == (status, True)


def test_of_its_log_the_end_is_kept_and_steers_no_terminal(tmp_path: Path) -> None:
    code = "import os\nfor _ in range(40): os.write(2, b'x' * 65536)\nos.write(2, b'\\nthe \\x1b[31mend'); os._exit(5)"
    status, _, log = isolated(tmp_path, 20, 1000, code)
    assert (status, log.splitlines()[-1]) == (5, "the  [31mend")
    assert len(log) <= 1 << 20


def test_all_that_is_answered_comes_through(tmp_path: Path) -> None:
    status, size, _ = isolated(tmp_path, 20, 900_000, "import os\nos.write(1, b'x' * 900_000); os._exit(0)")
    assert (status, size) == (0, 900_000)
