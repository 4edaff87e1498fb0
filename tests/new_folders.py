"""What makes a new model folder in tests, and what opens its app: the fixtures of tests/tools/models."""

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
    """The files of models that tools/models/FRAMEWORK_models.py writes, with the framework that converts them."""
    machine = {name: ours for ours, name in locks.MACHINES.items()}[os.uname().machine]
    packages = environment.made_for_container(environment.LOCKS / f"{framework}.txt", MAIN_HOME / "cache", machine)
    writer = Path(__file__).parent / "tools" / "models" / f"{framework}_models.py"
    found = os.environ | {"PYTHONPATH": f"{packages}:{ROOT}"}
    subprocess.run([sys.executable, writer, folder], env=found, check=True)
    return folder
