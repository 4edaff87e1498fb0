"""A workflow, read as GitHub would for one event: which jobs run, and what they type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from pipeline_runs import ROOT

PATH = ROOT / ".github" / "workflows" / "deploy.yml"
# YAML 1.1 takes the key `on` for true.
WORKFLOW: dict[Any, Any] = yaml.safe_load(PATH.read_text())
EVENTS: dict[str, Any] = WORKFLOW[True]
JOBS: dict[str, Any] = WORKFLOW["jobs"]

Context = Mapping[str, str]


def holds(expression: str, context: Context) -> bool:
    """An `if:` of names, strings, ==, !=, && and ||. A name that the event does not have is an empty string."""
    python = re.sub(r"[a-z]+(?:\.\w+)+", lambda name: repr(context.get(name[0], "")), expression)
    python = python.replace("&&", " and ").replace("||", " or ")
    return bool(eval(python, {"__builtins__": {}}))


def runs(name: str, context: Context) -> bool:
    job = JOBS[name]
    needed = [job["needs"]] if "needs" in job else []
    return all(runs(other, context) for other in needed) and holds(job.get("if", "1"), context)


def commands(context: Context) -> list[str]:
    """What is typed, in the order of the jobs."""
    return [
        step["run"]
        for name, job in JOBS.items()
        if runs(name, context)
        for step in job["steps"]
        if "run" in step and holds(step.get("if", "1"), context)
    ]
