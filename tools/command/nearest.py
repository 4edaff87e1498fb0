"""Print the candidate that a mistyped word was meant to be; nothing if none is close.

python tools command.nearest WORD CANDIDATE...
"""

from __future__ import annotations

import difflib
import sys

# With fewer letters in common, almost any two words start alike.
LEAST = 3


def nearest(word: str, candidates: list[str]) -> str:
    """Compares letters alone: leading hyphens make no two options alike."""
    named = {candidate.strip("-"): candidate for candidate in candidates}
    word = word.strip("-")
    begun = [name for name in named if min(len(name), len(word)) >= LEAST and name.startswith(word[: len(name)])]
    found = begun or difflib.get_close_matches(word, named, 1)
    return named[found[0]] if found else ""


if __name__ == "__main__":
    print(nearest(sys.argv[1], sys.argv[2:]))
