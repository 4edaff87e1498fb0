"""Programs from npm that tests use: installed once, as tests/node locks them, and kept beside the pipeline's caches."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from pipeline_runs import MAIN_HOME, ROOT

LOCKED = ROOT / "tests" / "node"


@cache
def modules() -> Path:
    """The folder node_modules."""
    lock = (LOCKED / "package-lock.json").read_bytes()
    folder = MAIN_HOME / "cache" / f"node-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as held:
        # Of all the tests that run side by side one installs.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _install(folder)
            (folder / "done").touch()
    return folder / "node_modules"


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """One that npm brought, with stdout and stderr in one."""
    # It would look for newer versions of itself.
    quiet = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1"}
    return subprocess.run(
        [modules() / ".bin" / program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=os.environ | quiet,
        check=False,
    )


def _install(folder: Path) -> None:
    assert shutil.which("npm"), "no npm: tests/run.sh installs it on Debian and Ubuntu"
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKED / name, folder)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
