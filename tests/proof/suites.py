"""Runs the tests of the promises, and counts them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from pipeline_runs import ROOT
from proof.promises import PROMISES
from proof.results import Results, Suite


class Red(Exception):
    """A test of a promise."""


def run(results: Results) -> None:
    """Those that have not been run."""
    for name in [name for promise in PROMISES for name in promise.suites]:
        if name not in results.suites:
            print(f"tests {name}", file=sys.stderr)
            results.suites[name] = suite(name)


def suite(name: str) -> Suite:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "--quiet", name, f"--junitxml={report}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Red(f"{name}\n{done.stdout[-6000:]}")
        return counted(report.read_text())


def counted(report: str) -> Suite:
    cases = list(ET.fromstring(report).iter("testcase"))
    return Suite(len(cases), max((float(case.get("time", 0)) for case in cases), default=0.0))
