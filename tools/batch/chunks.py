"""Chunks: what one invocation of the function does. A list of them is written and read a line at a time.

{"batch": {"first": 1200, "inputs": {"lines": {…}}, "output": {"bucket": …, "key": …}}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from tools.batch import places

# Of an item of a Map, and of its whole output, which for a chunk is two characters and a comma.
MOST_BYTES = 256 * 1024
MOST_CHUNKS = 80_000  # of one execution
# Left for what stands around the list of keys or sizes.
MOST_LISTED = 200_000


@dataclass(frozen=True)
class Chunk:
    first: int
    count: int
    inputs: dict[str, Any]

    def item(self, bucket: str, batch: str) -> dict[str, Any]:
        output = {"bucket": bucket, "key": places.result(batch, self.first)}
        return {"batch": {"first": self.first, "inputs": self.inputs, "output": output}}


def write(file: Path, items: Iterable[dict[str, Any]]) -> int:
    """Returns how many there are."""
    count = 0
    with file.open("w") as to:
        to.write("[")
        for item in items:
            to.write((",\n" if count else "\n") + json.dumps(item, separators=(",", ":")))
            count += 1
        to.write("\n]\n")
    return count


def read(lines: IO[bytes], total: int) -> Iterator[Chunk]:
    """Of a batch with so many inputs, all of them."""
    for said, after in pairwise(_items(lines, total)):
        yield Chunk(said["first"], after["first"] - said["first"], said["inputs"])


def _items(lines: IO[bytes], total: int) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith(b"{"):
            yield json.loads(line.rstrip().rstrip(b","))["batch"]
    yield {"first": total}
