"""Write down which chunks of a batch are still to be done, and print what their execution is told; nothing if none is.

    python tools batch.missing FOLDER BUCKET BATCH [--concurrency N] [--again]

One execution does no more of them than fit into it. --again: after one. The rest, and once more what was bad luck;
nothing where much of what it did has failed, or all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.aws import clients
from tools.batch import chunks, places
from tools.batch.chunks import Chunk
from tools.batch.plan import Plan
from tools.batch.store import S3, Store
from tools.releases import gate

# Of the chunks of one execution.
FEW = 0.1


def missing(store: Store, plan: Plan) -> Iterator[Chunk]:
    """Those without results: both lists have the order of their inputs."""
    done = (found.key for found in store.objects(places.results(plan.batch)))
    next_done = next(done, "")
    with store.open(places.chunks(plan.batch)) as lines:
        for chunk in chunks.read(lines, plan.count):
            if places.result(plan.batch, chunk.first) == next_done:
                next_done = next(done, "")
            else:
                yield chunk


def is_in_vain(store: Store, plan: Plan) -> bool:
    """Whether the execution that was told of its chunks last has failed with too many of them."""
    with store.open(places.missing(plan.batch)) as lines:
        told = {chunk.first for chunk in chunks.read(lines, plan.count)}
    failed = sum(chunk.first in told for chunk in missing(store, plan))
    return failed == len(told) or failed > max(1, FEW * len(told))


def told(store: Store, plan: Plan, folder: Path, concurrency: int | None = None) -> str:
    """Writes down what is missing. What the execution is told; nothing if nothing is."""
    listed = folder / "missing.json"
    some = itertools.islice(missing(store, plan), chunks.MOST_CHUNKS)
    if not chunks.write(listed, (chunk.item(store.bucket, plan.batch) for chunk in some)):
        return ""
    store.put_file(places.missing(plan.batch), listed)
    functions = clients.client("lambda")
    gate.not_started(functions, plan.function, plan.version)
    about = functions.get_function_configuration(FunctionName=plan.function, Qualifier=plan.version)
    where = {"chunks": places.missing(plan.batch), "ended": places.ended(plan.batch)}
    return json.dumps({"function": about["FunctionArn"], **where, "concurrency": concurrency or plan.concurrency})


def main(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("bucket")
    parser.add_argument("batch")
    parser.add_argument("--concurrency", type=int)
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args(arguments)
    store, batch = S3(given.bucket), given.batch
    try:
        plan = Plan.load(store, batch)
    except KeyError:
        sys.exit(f"there is no batch {batch} in bucket {given.bucket}")
    if not given.again or not is_in_vain(store, plan):
        print(told(store, plan, given.folder, given.concurrency))


if __name__ == "__main__":
    main(*sys.argv[1:])
