"""Checks a new folder against the framework: its app must give the same results; the difference is reported."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.models.reading import Refused

ROOT = Path(__file__).resolve().parents[2]


def asked(folder: Path, requests: list[dict[str, Any]], variables: dict[str, str]) -> list[tuple[int, Any]]:
    command = [sys.executable, "-B", str(ROOT / "tools"), "models.asked", str(folder)]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, env=variables)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"it ended with status {done.returncode}"]
        raise Refused("the model does not load where it would be served", last[0], "")
    found: list[tuple[int, Any]] = json.loads(done.stdout)
    return found


def difference(expected: Any, actual: Any, tolerance: dict[str, float]) -> float:
    """The largest deviation, in tolerances; infinite if the values differ in other ways."""
    if _is_number(expected) and _is_number(actual):
        allowed = max(tolerance["abs"], tolerance.get("rel", 0.0) * abs(expected))
        return float(abs(expected - actual) / allowed)
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return max(
            (difference(one, other, tolerance) for one, other in zip(expected, actual, strict=True)), default=0.0
        )
    if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        return max((difference(value, actual[key], tolerance) for key, value in expected.items()), default=0.0)
    return 0.0 if expected == actual else math.inf


def farthest(expected: Any, actual: Any) -> float:
    """The largest absolute deviation."""
    if _is_number(expected) and _is_number(actual):
        return float(abs(expected - actual))
    if isinstance(expected, list) and isinstance(actual, list):
        return max(map(farthest, expected, actual), default=0.0)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return max((farthest(value, actual.get(key)) for key, value in expected.items()), default=0.0)
    return 0.0


def check(expected: Any, status: int, actual: Any, tolerance: dict[str, float]) -> float:
    """The largest deviation; raises if it exceeds the tolerance."""
    if status != 200:
        raise Refused("the model does not answer where it would be served", f"it answers {status}: {actual}", "")
    if difference(expected, actual, tolerance) > 1:
        raise Refused(
            "what would be served gives other results than the framework",
            f"the largest difference is {farthest(expected, actual):.3g}; {_within(tolerance)} would do",
            "",
        )
    return farthest(expected, actual)


def _within(tolerance: dict[str, float]) -> str:
    relative = [f"{tolerance['rel']:g} of a number"] if "rel" in tolerance else []
    return " or ".join([*relative, f"{tolerance['abs']:g}"])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
