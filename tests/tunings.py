"""Made-up rows, such as a tour produces."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache

import yaml

from pipeline_runs import ROOT
from tools.costs.resources import Deployed
from tools.stacks import template
from tools.tuning import tour
from tools.tuning.money import Money
from tools.tuning.points import Build, Point
from tools.tuning.result import Result
from tools.tuning.rows import Figures, Outcome, Row

FAST, NATIVE = Build((("BACKEND", "fast"),), "fast:1"), Build((("BACKEND", "native"),), "native:1")
FOLDER = ROOT / "xgboost-example"


def row(memory_mb: int, p50: float, *, build: Build = FAST, cold: float = 300, p99: float | None = None) -> Row:
    figures = Figures(p50, p50 * 1.1, p99 or p50 * 1.2, cold, p50, 100, 3)
    return Row(Point(build, memory_mb), Outcome.MEASURED, figures, asked=5)


@cache
def filled() -> str:
    """The template of the folder, as it would be deployed."""
    command = ["bash", str(ROOT / "pipeline.sh"), "-s", "prod", "-m", str(FOLDER), "--template"]
    return subprocess.check_output(command, text=True)


def deployed() -> Deployed:
    return Deployed(template.construct(yaml.compose(filled(), template.Loader)))


def money() -> Money:
    return Money.of(FOLDER, deployed(), "us-east-1")


def result(rows: Sequence[Row], goal: float | None = None, *, is_complete: bool = True) -> Result:
    paid = money()
    return Result("a-model", tour.priced(rows, paid.million), paid, 2, goal, is_complete, "2026-11-26T08:00+00:00")
