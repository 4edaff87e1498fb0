"""What a model's requests write: metrics, each billed, and the log. Both follow from serving and the folder's code."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serving import log, timing

ROOT = Path(__file__).resolve().parents[2]
# CloudWatch bills this many bytes for each log line on top of its text.
OF_A_LINE = 26
ID = "8f5075a0-1d2f-4c7b-9d4e-9b0f3b6c2a11"
# What Lambda itself logs about a request.
OF_LAMBDA = (
    f"START RequestId: {ID} Version: 12\n",
    f"END RequestId: {ID}\n",
    f"REPORT RequestId: {ID}\tDuration: 23.45 ms\tBilled Duration: 24 ms\tMemory Size: 1769 MB\t"
    "Max Memory Used: 150 MB\t\n",
)


@dataclass(frozen=True)
class Written:
    metrics: frozenset[tuple[str, ...]]  # names, each with the dimensions that it is told apart by
    log_bytes: int  # of a request


def of(folder: Path, start: str) -> Written:
    """`start` is the phase before the first request, load or restore."""
    folder = folder.resolve()
    timers: set[str] = set()
    counters: set[str] = set()
    for module in modules(folder):
        for call, name in named(module):
            (timers if call == "timer" else counters).add(name)
    record = log.as_record(_entry(folder.name, timers, counters, start))
    found = {
        (metric["Name"], *dimensions)
        for directive in record["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
    lines = (log.line(record) + "\n", *OF_LAMBDA)
    return Written(frozenset(found), sum(len(line.encode()) + OF_A_LINE for line in lines))


def _entry(model: str, timers: set[str], counters: set[str], start: str) -> log.Entry:
    """A request that passed through every timer and counter."""
    with timing.Clock(ID) as clock:
        for name in sorted(timers):
            with timing.timer(name):
                pass
        for name in sorted(counters):
            timing.count(name)
    return log.Entry(
        model=model,
        version="0123456789ab",
        function=f"{model}-prod",
        function_version="12",
        request_id=ID,
        method="POST",
        path="/predict",
        status=200,
        # as many digits as in real logs
        phases={**dict.fromkeys(clock.milliseconds(), 12.345), start: 0.0},
        counts=clock.counts,
        is_measured=True,
    )


def named(module: Path) -> Iterator[tuple[str, str]]:
    """Every call of serving's `timer("…")` and `count("…")` in a file."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            of_serving = not isinstance(node.func, ast.Attribute) or getattr(node.func.value, "id", "") in (
                "serving",
                "timing",
            )
            if called in ("timer", "count") and of_serving and isinstance(node.args[0].value, str):
                yield called, node.args[0].value


# No request imports this.
OF_BATCHES = ["serving", "batches"]


def modules(folder: Path) -> set[Path]:
    """The modules of the folder and of serving that the handler imports, directly or not."""
    found: set[Path] = set()
    ahead = [folder / "app" / "main.py"]
    while ahead:
        path = ahead.pop()
        if path in found:
            continue
        found.add(path)
        package = path.parent.relative_to(folder if path.is_relative_to(folder) else ROOT).parts
        ahead += [file for name in imported(path, package) if (file := _file(folder, name))]
    return found


def imported(path: Path, package: tuple[str, ...]) -> Iterator[str]:
    """Dotted names; for `from a import b` both `a` and `a.b`, as b may be a module."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, node.module) if node.module else above)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _file(folder: Path, name: str) -> Path | None:
    parts = name.split(".")
    if parts[0] not in ("app", "serving") or parts[:2] == OF_BATCHES:
        return None
    path = (folder if parts[0] == "app" else ROOT).joinpath(*parts)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
