"""Print which of some words is the one that was meant; nothing if none is near.

python tools command.nearest WORD CANDIDATE...
"""

from __future__ import annotations

import difflib
import sys


def nearest(word: str, candidates: list[str]) -> str:
    return next(iter(difflib.get_close_matches(word, candidates, 1)), "")


if __name__ == "__main__":
    print(nearest(sys.argv[1], sys.argv[2:]))
