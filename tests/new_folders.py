"""What makes a new model folder in tests, and what opens its app: the fixtures of tests/tools/models."""

import subprocess
from collections.abc import Callable
from types import ModuleType

Make = Callable[..., "subprocess.CompletedProcess[str]"]
Open = Callable[[str], ModuleType]
