"""Tell how far a batch is until its execution ends.

    python tools batch.watch BUCKET BATCH EXECUTION [--budget DOLLARS]
    python tools batch.watch BUCKET BATCH             once, on stdout

Exit status 3: it would cost more than the budget, and has to be stopped. 4: somebody has stopped it. 5: it has ended,
and something is missing. 1: the execution has failed, and why is told.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from typing import Any

from tools.aws import clients
from tools.batch import texts
from tools.batch.plan import Plan
from tools.batch.progress import Progress, Told
from tools.batch.store import S3

# Seconds between two questions whether it has ended: SOON at first, and LATER times as many each time, up to BETWEEN.
# Between two looks at the results there are always so many.
SOON, BETWEEN, LATER = 0.05, 2.0, 1.03
OVER_BUDGET, STOPPED, NOT_ALL = 3, 4, 5
CAUSES = 3


def watched(progress: Progress, execution: str, budget: float | None, told: Told) -> int:
    states = clients.client("stepfunctions")
    run, pause, looked = os.getppid(), SOON, -math.inf
    # a run that was killed has nobody to tell
    while os.getppid() == run:
        about = states.describe_execution(executionArn=execution)
        is_running = about["status"] == "RUNNING"
        # Unlike this question, each look at the results costs something.
        if not is_running or time.monotonic() - looked >= BETWEEN:
            progress.look(BETWEEN if is_running else math.inf)
            told.say(progress.line())
            looked = time.monotonic()
        if not is_running:
            return ended(states, about, progress, told)
        if budget is not None and progress.ahead > budget:
            told.end()
            return OVER_BUDGET
        time.sleep(pause)
        pause = min(BETWEEN, pause * LATER)
    return 1


def ended(states: Any, about: dict[str, Any], progress: Progress, told: Told) -> int:
    told.end()
    is_whole = progress.done == progress.plan.count
    for why in [] if is_whole else causes(states, about["executionArn"]):
        print(f"{'':9} a chunk has failed: {why}", file=sys.stderr)
    if about["status"] == "ABORTED":
        return STOPPED
    if about["status"] == "SUCCEEDED":
        return 0 if is_whole else NOT_ALL
    print(f"{'':9} {about['status']}: {about.get('error', '')} {about.get('cause', '')}".rstrip(), file=sys.stderr)
    return 1


def causes(states: Any, execution: str) -> list[str]:
    """Of the first chunks that failed, each once."""
    found: list[str] = []
    for run in states.list_map_runs(executionArn=execution)["mapRuns"]:
        failed = states.list_executions(mapRunArn=run["mapRunArn"], statusFilter="FAILED", maxResults=20)["executions"]
        for one in failed:
            about = states.describe_execution(executionArn=one["executionArn"])
            why = texts.shown(f"{about.get('error', '')}: {about.get('cause', '')}")
            if why not in found:
                found.append(why)
    return found[:CAUSES]


def main(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("bucket")
    parser.add_argument("batch")
    parser.add_argument("execution", nargs="?")
    parser.add_argument("--budget", type=float)
    given = parser.parse_args(arguments)
    store = S3(given.bucket)
    try:
        progress = Progress(store, Plan.load(store, given.batch))
    except KeyError:
        sys.exit(f"there is no batch {given.batch} in bucket {given.bucket}")
    if not given.execution:
        progress.look()
        print(progress.line())
        return
    sys.exit(watched(progress, given.execution, given.budget, Told()))


if __name__ == "__main__":
    main(*sys.argv[1:])
