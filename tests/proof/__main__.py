"""Tries what SECURITY.md promises, and says what came of it.

    python tests/proof [--cases 1000000] [--seed SEED] [--only KIND] [--page FILE]

Cases are shared out among the kinds. A case that breaks a promise ends it, and stays in tests/proof/found. The page is
docs/proof.md, of a whole run.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from proof import hunt, kinds  # noqa: E402
from proof.kind import Tally  # noqa: E402

# Tried by one process, so that its memory is seen to be let go.
AT_ONCE = 20_000
# An hour is far more than so many take.
SECONDS = 3600.0


def tallies(cases: int, seed: int, only: str) -> dict[str, Tally]:
    chance, found = random.Random(seed), {}
    for name, (_, share) in kinds.KINDS.items():
        if only not in ("", name):
            continue
        found[name] = Tally()
        wanted = cases if only else int(cases * share)
        while found[name].cases < wanted:
            some = min(AT_ONCE, wanted - found[name].cases)
            found[name].add(hunt.hunt(name, chance.randrange(1 << 32), some, SECONDS))
            print(f"{name} {found[name].as_json()}", file=sys.stderr)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--only", choices=kinds.KINDS, default="")
    asked = parser.parse_args()
    try:
        found = tallies(asked.cases, asked.seed, asked.only)
    except hunt.Found as broken:
        print(f"error: {broken}\nseed {asked.seed}", file=sys.stderr)
        return 1
    for name, tally in found.items():
        print(name, tally.as_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
