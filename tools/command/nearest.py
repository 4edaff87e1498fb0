"""Print which of some words is the one that was meant; nothing if none is near.

python tools command.nearest WORD CANDIDATE...
"""

from __future__ import annotations

import difflib
import sys

# With fewer letters in common, any two words have a beginning in common.
LEAST = 3


def nearest(word: str, candidates: list[str]) -> str:
    """By their letters alone: that both begin with hyphens makes no two options alike."""
    named = {candidate.strip("-"): candidate for candidate in candidates}
    word = word.strip("-")
    begun = [name for name in named if min(len(name), len(word)) >= LEAST and name.startswith(word[: len(name)])]
    found = begun or difflib.get_close_matches(word, named, 1)
    return named[found[0]] if found else ""


if __name__ == "__main__":
    print(nearest(sys.argv[1], sys.argv[2:]))
