"""Images as the pipeline builds them, and what is in them."""

import importlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from pipeline_runs import Home

FOLDER = Path(__file__).resolve().parents[2] / "tensorflow-example"


def pushed(home: Home, folder: Path, environment: Mapping[str, str]) -> str:
    """Builds and pushes; the image, as the engine knows it."""
    run = home.run("-s", "local", "-r", "-p", str(folder), env=dict(environment)).checked()
    [step] = [line for line in run.stderr.splitlines() if line.startswith("image ")]
    listed = subprocess.check_output(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], text=True)
    tag = step.rpartition(":")[2].strip()
    return next(line for line in listed.splitlines() if line.endswith(f":{tag}"))


def model_in(image: str, to: Path) -> Path:
    """The folder model/ of an image."""
    container = subprocess.check_output(["docker", "create", image], text=True).strip()
    try:
        subprocess.run(["docker", "cp", f"{container}:/var/task/model", str(to)], check=True, capture_output=True)
    finally:
        subprocess.run(["docker", "rm", container], check=True, capture_output=True)
    return to


def forget_app() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("app", "export")]:
        del sys.modules[name]


def imported(model: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """app.main, with the model in that folder."""
    forget_app()
    monkeypatch.setattr(importlib.import_module("app.network.facts"), "FOLDER", str(model))
    return importlib.import_module("app.main")
