"""Print which versions are still needed by batches that are not all done: a line each, VERSION BATCH...

    python tools batch.unfinished BUCKET

One that runs is among them, and one that was stopped, or watched no longer, which --batch-resume goes on with; and one
that is being packed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from tools.batch import places
from tools.batch.plan import Plan
from tools.batch.store import S3, Store, has, read


def needed(store: Store) -> dict[str, list[str]]:
    """By version."""
    found: dict[str, list[str]] = {}
    for batch in _batches(store):
        version = _version(store, batch)
        # whoever may write into the bucket wrote it
        if re.fullmatch(r"[0-9]{1,9}", version) and not has(store, places.done(batch)):
            found.setdefault(version, []).append(batch)
    return found


def _version(store: Store, batch: str) -> str:
    """None of a batch that was asked about, and not begun."""
    try:
        return Plan.load(store, batch).version
    except KeyError:
        pass
    except (ValueError, TypeError) as error:
        raise ValueError(f"the plan of batch {batch} cannot be read: {error}") from error
    try:
        return read(store, places.packing(batch)).decode(errors="replace")
    except KeyError:
        return ""


def _batches(store: Store) -> Iterator[str]:
    for folder in store.folders(places.BATCHES):
        name = folder.removeprefix(places.BATCHES).rstrip("/")
        if re.fullmatch(r"[0-9a-f]{10}", name):
            yield name


def main(bucket: str) -> None:
    for version, batches in needed(S3(bucket)).items():
        print(version, *batches)


if __name__ == "__main__":
    main(*sys.argv[1:])
