"""Write down which chunks of a batch are still to be done, and print what their execution is told; nothing if none is.

python tools batch.missing FOLDER BUCKET BATCH [CONCURRENCY]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.batch import chunks, places
from tools.batch.chunks import Chunk
from tools.batch.plan import Plan
from tools.batch.store import S3, Store
from tools.releases import clients


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


def main(folder: str, bucket: str, batch: str, concurrency: str = "") -> None:
    store = S3(bucket)
    try:
        plan = Plan.load(store, batch)
    except KeyError:
        sys.exit(f"there is no batch {batch} in bucket {bucket}")
    listed = Path(folder, "missing.json")
    if not chunks.write(listed, (chunk.item(bucket, batch) for chunk in missing(store, plan))):
        return
    store.put_file(places.missing(batch), listed)
    about = clients.client("lambda").get_function_configuration(FunctionName=plan.function, Qualifier=plan.version)
    at_once = int(concurrency or plan.concurrency)
    print(json.dumps({"function": about["FunctionArn"], "chunks": places.missing(batch), "concurrency": at_once}))


if __name__ == "__main__":
    main(*sys.argv[1:])
