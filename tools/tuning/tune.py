"""Measure a folder's builds with the memory sizes that Lambda sells, and choose one.

    python tools tuning.tune FOLDER TEMPLATE REGION INTO --emulator EMULATOR [--p99 MS] [--json] [--apply] -- BUILD...
    python tools tuning.tune FOLDER TEMPLATE REGION INTO --function FUNCTION [--p99 MS] [--json] [--apply] -- BUILD

TEMPLATE is the model's, filled in; EMULATOR is the runtime interface emulator, under which builds run here; FUNCTION is
deployed, and measured on AWS. INTO gets the page and the data. Each build after `--` is its image, then NAME=VALUE
pairs, separated by tabs. Progress goes to stderr. Exit status 1 if nothing meets the goal or answers correctly, 130
after Ctrl-C; the results so far are printed in any case.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.aws import clients
from tools.costs.prices import USUAL, Prices
from tools.costs.resources import Deployed
from tools.releases import event_files
from tools.releases.event_files import Events
from tools.stacks import template
from tools.tuning import applying, container, deployed, page, points, result, tour, trials
from tools.tuning.container import Limits
from tools.tuning.measuring import Patience, measure
from tools.tuning.money import Money
from tools.tuning.points import Build, Point
from tools.tuning.result import Result
from tools.tuning.rows import Outcome, Row
from tools.tuning.tour import Tour

INTERRUPTED = 130


def build(words: str) -> Build:
    image, *settings = words.split("\t")
    pairs = (setting.partition("=") for setting in settings)
    return Build(tuple((name, value) for name, _, value in pairs), image)


def measured(given: argparse.Namespace) -> Result:
    template_given = Deployed(template.read(given.template))
    money = Money.of(given.folder, template_given, given.region if given.region in Prices.regions() else USUAL)
    asked = event_files.read_all(given.folder / "events")
    others = 0.0 if given.function else busy()
    builds = [build(words) for words in given.builds]
    if given.function:
        found = on_aws(given.function, builds, asked)
    else:
        limits = Limits(int(template_given.parameters["Timeout"]), given.emulator, os.environ.get("PIPELINE_HOME", ""))
        found = Tour(builds, container.processors(), lambda point: measure(point, limits, asked, Patience()))
        found.run()
    now = datetime.now(UTC).isoformat(timespec="minutes")
    rows = tour.priced(found.rows, money.million)
    name = os.environ.get("PROJECT_LAMBDA", given.folder.name)
    processors = None if given.function else found.processors
    return Result(name, rows, money, processors, given.p99, found.is_complete, now, others)


def on_aws(function: str, builds: list[Build], asked: Events) -> Tour:
    memories = [point.memory_mb for point in points.every(builds[0])]
    print(f"          {len(memories)} versions of {function} are made for this, and deleted", file=sys.stderr)
    with trials.Function(function).trials(memories) as versions:

        def measured_there(point: Point) -> Row:
            version = versions.get(point.memory_mb)
            if version is None:
                return Row(point, Outcome.SKIPPED, reason="the account does not allow a function that much memory")
            return deployed.measure(function, version, point, asked, Patience())

        found = Tour(builds, points.MOST_PROCESSORS, measured_there)
        found.run()
    return found


def busy() -> float:
    """The share of this machine's processors that others use, over a second without measurements."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0

    def ticks() -> tuple[int, int]:
        fields = [int(field) for field in stat.read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]  # all, and those spent waiting

    all_before, idle_before = ticks()
    time.sleep(1)
    all_after, idle_after = ticks()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def keep(found: Result, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    (into / f"{found.model}.json").write_text(json.dumps(result.document(found), indent=1) + "\n")
    (into / f"{found.model}.html").write_text(page.html(found))


def apply(found: Result, folder: Path) -> int:
    chosen = found.choice and found.choice.chosen
    if not chosen or not found.is_complete:
        print("          nothing is written to model.env: there is no final choice", file=sys.stderr)
        return 1
    wanted = {"MEMORY_LAMBDA": str(chosen.point.memory_mb), **dict(chosen.point.build.settings)}
    written = applying.apply(folder, wanted)
    said = ", ".join(written) if written else "already so"
    print(f"          model.env: {said}", file=sys.stderr)
    return 0


def stop(*_: Any) -> None:
    """Handles the first signal only: the shell forwards what the terminal sent to both."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(*arguments: str) -> int:
    given = parse(arguments)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        found = measured(given)
    except (container.EngineFailed, *clients.FAILED) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    keep(found, given.into)
    print(json.dumps(result.document(found), indent=1) if given.json else result.table(found))
    if found.caution:
        print(f"          {found.caution}", file=sys.stderr)
    print(f"          the page: {given.into / found.model}.html", file=sys.stderr)
    status = apply(found, given.folder) if given.apply else 0
    if not found.is_complete:
        return INTERRUPTED
    return status or int(not (found.choice and found.choice.chosen))


def parse(arguments: tuple[str, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("template", type=Path)
    parser.add_argument("region")
    parser.add_argument("into", type=Path)
    parser.add_argument("builds", nargs="+")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--emulator", type=Path)
    where.add_argument("--function")
    parser.add_argument("--p99", type=float)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--apply", action="store_true")
    return parser.parse_intermixed_args(arguments)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
