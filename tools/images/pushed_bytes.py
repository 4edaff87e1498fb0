"""Print how many bytes a push has added: the blobs of the new image that no earlier image had.

python tools images.pushed_bytes MANIFESTS_BEFORE MANIFESTS_AFTER    files, each of JSON lists of manifests
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path


def lists(text: str) -> Iterator[list[str]]:
    """The JSON lists that follow each other in the text."""
    while text := text.lstrip():
        found, end = json.JSONDecoder().raw_decode(text)
        yield found
        text = text[end:]


def blobs(manifests: Path) -> dict[str, int]:
    found = {}
    for text in chain.from_iterable(lists(manifests.read_text())):
        manifest = json.loads(text)
        for blob in [manifest["config"], *manifest["layers"]]:
            found[blob["digest"]] = blob["size"]
    return found


def added(before: Path, after: Path) -> int:
    known = blobs(before)
    return sum(size for digest, size in blobs(after).items() if digest not in known)


if __name__ == "__main__":
    print(added(Path(sys.argv[1]), Path(sys.argv[2])))
