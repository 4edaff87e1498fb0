"""Put an input into the bucket, in packs, with the chunks that name them, and last the plan.

    python tools batch.pack FOLDER BUCKET

FOLDER/plan.json is what batch.quote has written. Prints what the first execution is told, as batch.missing does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from tools.batch import chunks, inputs, kept, missing, packing, places, quote, texts
from tools.batch.chunks import Chunk
from tools.batch.given import Input
from tools.batch.plan import Plan
from tools.batch.store import S3, Store


class ChangedError(Exception):
    """The input is not what it was when it was counted."""


def packed(plan: Plan, store: Store, source: inputs.Source, folder: Path) -> Plan:
    """Whatever an earlier run that was killed has left is written over with the same."""
    store.put(places.packing(plan.batch), plan.version.encode())
    listed = folder / "chunks.json"
    with (folder / "names").open("wb") as names:
        made = _chunks(plan, store, source, folder, names)
        count = chunks.write(listed, (chunk.item(store.bucket, plan.batch) for chunk in _counted(plan, made)))
    if plan.form == "pieces":
        store.put_file(places.names(plan.batch), folder / "names")
    store.put_file(places.chunks(plan.batch), listed)
    made_of = replace(plan, chunks=count)
    made_of.save(store)
    return made_of


def _chunks(plan: Plan, store: Store, source: inputs.Source, folder: Path, names: IO[bytes]) -> Iterator[Chunk]:
    if plan.form == "objects":
        return packing.listed(source.bucket, source.read(), plan.chunk)
    return packing.packed(store, plan.batch, plan.form, _naming(source.read(), names), plan.chunk, folder)


def _naming(given: Iterator[Input], names: IO[bytes]) -> Iterator[Input]:
    for one in given:
        if one.name:
            names.write(texts.written(one.name) + b"\n")
        yield one


def _counted(plan: Plan, made: Iterator[Chunk]) -> Iterator[Chunk]:
    end = 0
    for chunk in made:
        end = chunk.first + chunk.count
        yield chunk
    if end != plan.count:
        raise ChangedError(f"it had {plan.count:,} inputs when it was counted, and now it has {end:,}")


def _source(plan: Plan, folder: Path) -> inputs.Source:
    if kept.are_there(folder):
        return inputs.Source(plan.source, plan.form, lambda: kept.lines(folder))
    return inputs.source(plan.source, quote.schema(plan.function, plan.version, plan.path))


def main(folder: str, bucket: str) -> None:
    said: dict[str, Any] = json.loads(Path(folder, "plan.json").read_text())
    plan = Plan(**said)
    try:
        store = S3(bucket)
        made = packed(plan, store, _source(plan, Path(folder)), Path(folder))
        print(missing.told(store, made, Path(folder)))
    except (ChangedError, *quote.KNOWN) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
