"""Functions of lib/ by themselves, in a bash that has read all of pipeline.sh's parts and does nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pipeline_runs import ROOT, Run

PARTS = """
set -Eeuo pipefail; shopt -s inherit_errexit
ROOT=$1 RUN_DIR=$2; shift 2
for part in command aws machine steps; do for file in "$ROOT"/lib/$part/*.sh; do source "$file"; done; done
"""


def shell(script: str, folder: Path, env: dict[str, str] | None = None, stderr: int = subprocess.PIPE) -> Run:
    """Runs a script after the functions; `folder` is what RUN_DIR is in a run."""
    done = subprocess.run(
        ["bash", "-c", PARTS + script, "bash", str(ROOT), str(folder)],
        env=os.environ | {"NO_COLOR": "1"} | (env or {}),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr or "")
