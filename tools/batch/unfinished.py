"""Print which versions are still needed by batches that are not all done: a line each, VERSION BATCH...

    python tools batch.unfinished BUCKET

One that runs is among them, and one that was stopped, or watched no longer, which --batch-resume goes on with.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from tools.batch import places
from tools.batch.plan import Plan
from tools.batch.store import S3, Store, has


def needed(store: Store) -> dict[str, list[str]]:
    """By version."""
    found: dict[str, list[str]] = {}
    for batch in _batches(store):
        try:
            plan = Plan.load(store, batch)
        except KeyError:
            # asked about and not begun
            continue
        except (ValueError, TypeError) as error:
            raise ValueError(f"the plan of batch {batch} cannot be read: {error}") from error
        # whoever may write into the bucket wrote it
        if re.fullmatch(r"[0-9]{1,9}", plan.version) and not has(store, places.done(batch)):
            found.setdefault(plan.version, []).append(batch)
    return found


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
