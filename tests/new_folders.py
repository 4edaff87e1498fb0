"""Makes new model folders in tests, and opens their apps: the fixtures of tests/tools/models."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from pipeline_runs import MAIN_HOME, ROOT
from tools.images import locks
from tools.models import environment

Make = Callable[..., "subprocess.CompletedProcess[str]"]
Open = Callable[[str], ModuleType]


def written_by(framework: str, folder: Path) -> Path:
    """The model files that tools/models/FRAMEWORK_models.py writes, using the framework of the converter."""
    machine = {name: ours for ours, name in locks.MACHINES.items()}[os.uname().machine]
    packages = environment.made_for_container(environment.LOCKS / f"{framework}.txt", MAIN_HOME / "cache", machine)
    writer = Path(__file__).parent / "tools" / "models" / f"{framework}_models.py"
    found = os.environ | {"PYTHONPATH": f"{packages}:{ROOT}"}
    subprocess.run([sys.executable, writer, folder], env=found, check=True)
    return folder
