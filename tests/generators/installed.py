"""What tests take from the indexes besides their own environment: a judge of pages, a linter of OpenAPI, generators of
clients, and Node to run them. Installed once, as this folder locks them, and kept beside the pipeline's caches.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path

from pipeline_runs import MAIN_HOME, ROOT

HERE = Path(__file__).resolve().parent
LOCKS = ("requirements.txt", "package.json", "package-lock.json")


@cache
def folder() -> Path:
    """It holds packages/, the Python environment, and node_modules/."""
    locks = b"".join((HERE / name).read_bytes() for name in LOCKS)
    made = MAIN_HOME / "cache" / f"generators-{hashlib.sha256(locks).hexdigest()[:12]}"
    made.mkdir(parents=True, exist_ok=True)
    with (made / "lock").open("w") as held:
        # Of all the tests that run side by side one installs.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (made / "done").exists():
            _install(made)
            (made / "done").touch()
    return made


def environment() -> dict[str, str]:
    """In which the programs are found, each by its name. None of them asks whether there is a newer one."""
    path = [folder() / "node_modules" / ".bin", folder() / "packages" / "bin", os.environ["PATH"]]
    quiet = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1"}
    return _direct() | quiet | {"PATH": os.pathsep.join(map(str, path))}


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """stdout and stderr in one."""
    return subprocess.run(
        [program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=environment(),
        check=False,
    )


def documented(program: str) -> list[str]:
    """The command of this program, as docs/clients.md tells people to type it."""
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    [line] = re.findall(rf"^    (?:npx )?(?:@\w+/cli )?({program} .*)$", page, re.MULTILINE)
    return shlex.split(line)


def _direct() -> dict[str, str]:
    """Without proxies: what is asked is on this machine, by whatever name."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _install(made: Path) -> None:
    for name in LOCKS:
        shutil.copy(HERE / name, made)
    path = os.pathsep.join([str(made / "packages" / "bin"), os.environ["PATH"]])
    surroundings = os.environ | {"PATH": path, "UV_CACHE_DIR": str(MAIN_HOME / "cache" / "uv")}
    for command in (
        ["bash", str(ROOT / "tools" / "environment" / "install.sh"), "requirements.txt", "packages"],
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    ):
        done = subprocess.run(command, cwd=made, env=surroundings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
