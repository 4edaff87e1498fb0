"""An input gone through once, before anything is paid: how much it is, and by what it is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from tools.batch.given import Input

# How many are tried.
TRIED = 50
# Of bytes, for those of an archive are kept in memory.
HELD = 48_000_000


@dataclass(frozen=True)
class Survey:
    count: int
    bytes: int
    digest: str
    first: list[Input]


def survey(inputs: Iterable[Input]) -> Survey:
    count = size = 0
    digest, first = hashlib.sha256(), list[Input]()
    for given in inputs:
        digest.update(b"%d\0%s" % (len(given.mark), given.mark))
        if len(first) < TRIED and (not first or size + given.size <= HELD):
            first += islice(given.each(), TRIED - len(first))
        count += given.count
        size += given.size
    return Survey(count, size, digest.hexdigest(), first)


def batch_of(digest: str, *about: str) -> str:
    """What the batch is called: the same for the same, so that it is not done twice."""
    return hashlib.sha256("\0".join((digest, *about)).encode()).hexdigest()[:10]
