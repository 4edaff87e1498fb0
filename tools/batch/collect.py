"""Put the results of a batch together, ask the address a sample of them again, and say how it went.

    python tools batch.collect FOLDER BUCKET BATCH [OUTPUT]

Prints RESULTS=OUTPUT. Exit status 3: rows have failed, FOLDER/failed says how many. 4: not all of it is done. 1:
nothing could be written, or the address answers otherwise.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tools.aws import clients
from tools.batch import asked, chunks, cost, formats, places, results, sample
from tools.batch.plan import Plan
from tools.batch.quote import dollars
from tools.batch.results import Done
from tools.batch.store import S3, Store, read

FAILED, UNDONE = 3, 4


class Counts:
    def __init__(self) -> None:
        self.rows = self.failed = self.undone = self.chunks = 0
        self.ms = 0.0

    def add(self, done: Done) -> None:
        found = results.tally(done.rows)
        self.chunks += 1
        self.rows += found.rows
        self.failed += found.failed
        self.undone += 0 if done.is_done else found.rows
        self.ms += found.ms


def collected(store: Store, plan: Plan, write: formats.Write) -> tuple[Counts, sample.Sample]:
    counts, some = Counts(), sample.Sample(plan.batch, plan.count)
    names = results.named(store, plan.batch) if plan.form == "pieces" else iter(())
    with store.open(places.chunks(plan.batch)) as lines:
        for done in results.done(store, plan, chunks.read(lines, plan.count), names):
            write(done.rows)
            counts.add(done)
            some.take(store, done)
            # before the next one is put together
            del done
    return counts, some


def finished(store: Store, plan: Plan, output: str) -> dict[str, Any] | None:
    """What was said when the very results were written, if they are still there."""
    try:
        said: dict[str, Any] = json.loads(read(store, places.done(plan.batch)))
    except KeyError:
        return None
    is_there = said["output"] == output and said.get("mark") == formats.mark(output)
    return said if is_there else None


def summary(plan: Plan, counts: Counts, spent: float) -> str:
    failed = f", {counts.failed:,} failed" if counts.failed else ""
    return f"{counts.rows:,} rows{failed}, version {plan.version}, about {dollars(spent)}"


def run(store: Store, plan: Plan, output: str, folder: Path) -> int:
    if said := finished(store, plan, output):
        print(f"{'':9} done before: {said['summary']}", file=sys.stderr)
        return ended(said["failed"], folder)
    with formats.writing(output, folder) as write:
        counts, some = collected(store, plan, write)
    spent = cost.spent(plan, counts.chunks, counts.rows - counts.undone, counts.ms)
    said = {"output": output, "failed": counts.failed, "rows": counts.rows, "summary": summary(plan, counts, spent)}
    said["mark"] = formats.mark(output)
    print(f"{'':9} {said['summary']}", file=sys.stderr)
    for why in (wrong := sample.differing(plan, some.rows)):
        print(f"{'':9} {why}", file=sys.stderr)
    if wrong:
        return 1
    print(f"{'':9} the address answers the same to {len(some.rows)} of them, asked again", file=sys.stderr)
    if counts.undone:
        return UNDONE
    store.put(places.done(plan.batch), json.dumps(said).encode())
    return ended(counts.failed, folder)


def ended(failed: int, folder: Path) -> int:
    if not failed:
        return 0
    (folder / "failed").write_text("1 row has failed" if failed == 1 else f"{failed:,} rows have failed")
    return FAILED


def main(folder: str, bucket: str, batch: str, output: str = "") -> None:
    store = S3(bucket)
    plan = Plan.load(store, batch)
    try:
        target = asked.place(asked.home(), plan, batch, output)
        status = run(store, plan, target, Path(folder))
    except (formats.UnusableOutputError, results.WrongResultsError, OSError, *clients.FAILED) as error:
        sys.exit(str(error))
    print(f"RESULTS={target}")
    sys.exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
