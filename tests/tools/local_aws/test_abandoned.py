"""A clone that was deleted leaves no local AWS running behind it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pipeline_runs import ROOT
from processes import runs
from tools.local_aws import abandoned


def start(home: Path) -> int:
    home.mkdir(parents=True)
    command = [sys.executable, str(ROOT / "tools"), "local_aws.process", "start", "--subnet", "203.0.113.0/24"]
    subprocess.run(command, env=os.environ | {"PIPELINE_HOME": str(home)}, check=True, capture_output=True)
    return int(json.loads((home / "aws" / "server.json").read_text())["pid"])


def test_it_ends_when_its_clone_is_deleted_and_writes_nothing_there(tmp_path: Path) -> None:
    clone = tmp_path / "a clone"
    pid = start(clone / ".pipeline")
    time.sleep(1)
    assert runs(pid)
    shutil.rmtree(clone)
    deadline = time.monotonic() + abandoned.LOOK_SECONDS + 15
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not clone.exists()
