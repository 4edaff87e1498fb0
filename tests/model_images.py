"""Images as the pipeline builds them, and their contents."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from pipeline_runs import Home

# Calls the handler without the emulator: one answer for each event.
ANSWER = """
import json, sys
from app.main import handler
print(json.dumps([[handler(event) for event in json.load(sys.stdin)], sorted(sys.modules)]))
"""


def pushed(home: Home, folder: Path, **environment: str) -> str:
    """Build and push with these settings; return the image's name in the engine."""
    run = home.run("-s", "local", "-r", "-p", str(folder), env=environment).checked()
    [step] = [line for line in run.stderr.splitlines() if line.startswith("image ")]
    tag = step.rpartition(":")[2].strip()
    listed = subprocess.check_output(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], text=True)
    return next(name for name in listed.splitlines() if name.endswith(f"{folder.name}-local:{tag}"))


def model_in(image: str, to: Path) -> Path:
    """A copy of the model that the build left in an image."""
    container = subprocess.check_output(["docker", "create", image], text=True).strip()
    try:
        subprocess.run(["docker", "cp", f"{container}:/var/task/model", str(to)], check=True, capture_output=True)
    finally:
        subprocess.run(["docker", "rm", container], check=True, capture_output=True)
    return to


def answers(image: str, events: list[Any], *options: str) -> tuple[list[Any], set[str]]:
    """The answers of an image's handler, and the modules that it loaded."""
    command = ["docker", "run", "--rm", "--interactive", "--network", "none", *options, "--entrypoint", "python3"]
    done = subprocess.run([*command, image, "-c", ANSWER], input=json.dumps(events), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    given, modules = json.loads(done.stdout.splitlines()[-1])
    return given, set(modules)


def files(image: str) -> list[str]:
    """All files of an image beyond its base."""
    listing = ["docker", "run", "--rm", "--entrypoint", "find", image, "/opt/python", "/var/task", "-type", "f"]
    return subprocess.check_output(listing, text=True).split()
