"""Where the results of a batch go. What was asked for on this machine is kept on it: the plan is in a bucket, into
which others may write, and is not believed when it names one of this machine's files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tools.batch import formats
from tools.batch.plan import Plan


def note(home: Path, batch: str, output: str) -> None:
    """The first time; --out says otherwise for one run only."""
    kept = _kept(home, batch)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"output": output, "folder": str(Path.cwd())}))


def place(home: Path, plan: Plan, batch: str, given: str = "") -> str:
    """Of a plan that was made elsewhere, the last part of the name, in the current folder."""
    found = formats.target(given or _noted(home, batch) or _of(plan), batch)
    formats.check(found)
    return found


def _of(plan: Plan) -> str:
    return plan.output if plan.output.startswith("s3://") else Path(plan.output).name


def _noted(home: Path, batch: str) -> str:
    try:
        said: dict[str, str] = json.loads(_kept(home, batch).read_text())
    except FileNotFoundError:
        return ""
    output, folder = said["output"], said["folder"]
    is_here = output.startswith("s3://") or folder == str(Path.cwd())
    return output if is_here else str(Path(folder, output))


def _kept(home: Path, batch: str) -> Path:
    return home / "batches" / batch


def home() -> Path:
    return Path(os.environ["PIPELINE_HOME"])
