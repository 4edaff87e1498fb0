"""Images as the pipeline builds them, and what is in them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from pipeline_runs import ROOT, Home

FOLDER = ROOT / "pytorch-example"

# What a function does, without the emulator around it: one answer for each event.
ANSWER = """
import json, sys
from app.main import handler
print(json.dumps([[handler(event) for event in json.load(sys.stdin)], sorted(sys.modules)]))
"""


def built(home: Home, **environment: str) -> str:
    """The image that the pipeline makes with these settings, by its name in the engine."""
    run = home.run("-s", "local", "-r", "-p", str(FOLDER), env=environment).checked()
    return named(run.stderr)


def named(said: str) -> str:
    """The image of the line in which the pipeline names its tag."""
    [line] = [line for line in said.splitlines() if line.startswith("image ")]
    tag = line.rpartition(":")[2].strip()
    listed = subprocess.check_output(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], text=True)
    return next(name for name in listed.splitlines() if name.endswith(f"pytorch-example-local:{tag}"))


def take_model(image: str, to: Path) -> Path:
    """A copy of the model that the build left in an image."""
    container = subprocess.check_output(["docker", "create", image], text=True).strip()
    try:
        subprocess.run(["docker", "cp", f"{container}:/var/task/model", str(to)], check=True, capture_output=True)
    finally:
        subprocess.run(["docker", "rm", container], check=True, capture_output=True)
    return to


def answers(image: str, events: list[dict[str, object]]) -> tuple[list[Any], set[str]]:
    """What the handler in an image answers, and the modules that it took to answer."""
    command = ["docker", "run", "--rm", "--interactive", "--network", "none", "--entrypoint", "python3", image]
    done = subprocess.run([*command, "-c", ANSWER], input=json.dumps(events), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    given, modules = json.loads(done.stdout.splitlines()[-1])
    return given, set(modules)
