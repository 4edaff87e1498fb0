"""An environment for programs that judge what the tests do not import. Made once, as this folder locks it."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from functools import cache
from pathlib import Path

from pipeline_runs import MAIN_HOME, ROOT

LOCK = Path(__file__).resolve().parent / "requirements.txt"


@cache
def programs() -> Path:
    """The folder that holds them."""
    named = MAIN_HOME / "cache" / f"judges-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    named.parent.mkdir(parents=True, exist_ok=True)
    with named.with_suffix(".lock").open("w") as held:
        # Of all the tests that run side by side one installs.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (named / "made-from").exists():
            install = ["bash", str(ROOT / "tools" / "environment" / "install.sh"), str(LOCK), str(named)]
            done = subprocess.run(install, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
    return named / "bin"
