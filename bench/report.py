"""The results: as JSON, and as a table for a terminal."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import cost, measure
from bench.check import Verdict
from bench.figures import PARTS, Figures

# The share of the machine that other work may use without affecting the medians.
BUSY = 0.1

PART_NAMES = {"runtime": "runtime", "imports": "import", "load": "load", "first": "first predict"}


@dataclass(frozen=True)
class Measured:
    """One folder, beside its naive twin if it has one."""

    folder: str
    weights: str
    naive: Figures | None
    ours: Figures
    ratios: dict[str, float]
    verdicts: list[Verdict]


@dataclass(frozen=True)
class Report:
    empty: Figures
    folders: list[Measured]
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "facts": self.facts,
            "empty": self.empty.as_json(),
            "folders": {
                each.folder: {
                    "weights": each.weights,
                    "naive": each.naive and each.naive.as_json(),
                    "ours": each.ours.as_json(),
                    "ratios": each.ratios,
                    "bounds": [
                        {"name": v.name, "found": v.found, "most": v.most, "holds": v.holds} for v in each.verdicts
                    ],
                }
                for each in self.folders
            },
        }


def facts(rounds: int, requests: int) -> dict[str, Any]:
    """The circumstances of the measurement, for later readers of the figures."""
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "others": round(measure.others(), 3),
        "memory_mb": measure.MEMORY_MB,
        "rounds": rounds,
        "requests": requests,
        "prices": cost.SOURCE,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def caution(report: Report) -> str:
    """A warning about the figures if the machine was busy with other work."""
    others: float = report.facts["others"]
    if others < BUSY:
        return ""
    return f"Others kept {others:.0%} of this machine busy: alone on it, the figures would be lower and surer."


def table(report: Report) -> str:
    heads = [
        "",
        "cold ms",
        *(PART_NAMES[part] for part in PARTS),
        "warm p50",
        "p90",
        "p99",
        "own",
        "peak MB",
        "image MB",
    ]
    rows = [[*heads, "$ warm", "$ 1 % cold"], _row("empty handler", report.empty)]
    for each in report.folders:
        rows += _rows(each)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    return "\n".join(lines)


def _rows(each: Measured) -> list[list[str]]:
    if each.naive is None:
        return [_row(each.folder, each.ours)]
    naive, ours = _row(f"{each.folder}, naive", each.naive), _row(f"{each.folder}, ours", each.ours)
    return [naive, ours, _share(each, each.naive)]


def _row(name: str, figures: Figures) -> list[str]:
    warm = [f"{figures.warm[quantile]:.1f}" for quantile in ("p50", "p90", "p99")]
    own = "" if figures.own is None else f"{figures.own:.2f}"
    return [
        name,
        f"{figures.cold:.0f}",
        *(f"{figures.parts[part]:.0f}" for part in PARTS),
        *warm,
        own,
        f"{figures.peak_mb:.0f}",
        f"{figures.size / 1e6:.1f}",
        f"{figures.cost.warm:.2f}",
        f"{figures.cost.some_cold:.2f}",
    ]


def _share(each: Measured, naive: Figures) -> list[str]:
    ours = each.ours
    return [
        "",
        share(each.ratios["cold"]),
        *[""] * len(PARTS),
        *(share(ours.warm[quantile] / naive.warm[quantile]) for quantile in ("p50", "p90", "p99")),
        "",
        share(ours.peak_mb / naive.peak_mb),
        share(each.ratios["size"]),
        share(ours.cost.warm / naive.cost.warm),
        share(ours.cost.some_cold / naive.cost.some_cold),
    ]


def share(ratio: float) -> str:
    return f"1/{1 / ratio:.1f}" if ratio <= 1 else f"x {ratio:.1f}"


def in_words(each: Measured) -> str:
    """A summary in words: what a folder gains over the obvious way or, without a twin, what it costs."""
    naive, ours = each.naive, each.ours
    if naive is None:
        return (
            f"{each.folder} gives its first answer {ours.cold:,.0f} ms after it is started and every other one in "
            f"{ours.warm['p50']:,.1f} ms. Its image is {ours.size / 1e6:,.0f} MB above its base, and it takes "
            f"{ours.peak_mb:,.0f} MB of memory. A million requests cost ${ours.cost.warm:,.2f}, and "
            f"${ours.cost.some_cold:,.2f} if one in a hundred is cold."
        )
    return (
        f"{each.folder} gives its first answer {_faster(each.ratios['cold'])} than the obvious way "
        f"({ours.cold:,.0f} ms after it is started instead of {naive.cold:,.0f}) and every other one "
        f"{_faster(each.ratios['warm'])} ({ours.warm['p50']:,.1f} ms instead of {naive.warm['p50']:,.1f}). "
        f"Its image is {ours.size / 1e6:,.0f} MB above its base instead of {naive.size / 1e6:,.0f}."
    )


def _faster(ratio: float) -> str:
    """The ratio in words. Differences of up to a tenth count as none, because the machine may be shared."""
    if ratio > 1.1:
        return f"{ratio:.1f} times more slowly"
    if ratio > 0.9:
        return "no faster and no more slowly"
    return f"{1 / ratio:.0f} times faster" if ratio < 0.1 else f"{1 / ratio:.1f} times faster"


def model_line(each: Measured) -> str:
    """The folder's weights, and the main result."""
    if each.naive is None:
        return in_words(each)
    return f"{each.folder}: {each.weights}; cold {share(each.ratios['cold'])} of naive"


def verdict_lines(report: Report) -> Iterator[str]:
    for each in report.folders:
        for verdict in each.verdicts:
            yield f"{'holds' if verdict.holds else 'FAILS'}  {each.folder}  {verdict}"
