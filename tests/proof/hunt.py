"""Hunts for cases that break a promise, kind by kind, each in a process of its own. What is found stays in found/."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from proof import kinds
from proof.kind import Tally, of_json

HERE = Path(__file__).resolve().parent
FOUND = HERE / "found"
WORKER = HERE / "worker.py"
# How long a case may hang, beyond the time that is given to all of them.
PATIENCE = 30


class Found(Exception):
    """A case that breaks a promise, and the file in which it now stands."""


def hunt(name: str, seed: int, cases: int, seconds: float, found: Path = FOUND) -> Tally:
    """So many cases, or as many as there is time for."""
    with tempfile.TemporaryDirectory() as folder:
        last = Path(folder) / "last"
        # Python's warnings are lines in a log (serving/streams.py); a C library's would be none of ours.
        command = [sys.executable, "-W", "ignore", str(WORKER), name, str(seed), str(cases), str(seconds), str(last)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise Found(f"{_kept(name, last, found)} never ends") from None
        if done.returncode or done.stderr:
            raise Found(f"{_kept(name, last, found)}, status {done.returncode}\n{done.stderr[-6000:]}")
        return Tally.of_json(done.stdout)


def _kept(name: str, last: Path, found: Path) -> Path:
    text = last.read_text() if last.exists() else ""
    file = found / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    file.write_text(text + "\n")
    return file


def again(file: Path) -> None:
    """Tries a case that was found once."""
    Tally().watch(kinds.kind(file.stem.partition("-")[0]), of_json(file.read_text()))
