"""Tries what SECURITY.md promises, and says what came of it.

    python tests/proof [--cases 1000000] [--seed SEED] [--only KIND] [--results FILE] [--page FILE]

Cases are shared out among the kinds; then the tests of each promise are run. A case that breaks a promise ends it, and
stays in tests/proof/found. With --results a run that was cut short goes on where it was. docs/proof.md is the --page of
a whole run.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from proof import hunt, kinds, page, suites  # noqa: E402
from proof.kind import Tally  # noqa: E402
from proof.results import Results  # noqa: E402

# Tried by one process, so that its memory is seen to be let go.
AT_ONCE = 20_000
# An hour is far more than so many take.
SECONDS = 3600.0


def try_cases(cases: int, seed: int, only: str, results: Results, file: Path | None) -> None:
    chance = random.Random(seed)
    for name, (_, share) in kinds.KINDS.items():
        if only not in ("", name):
            continue
        tally = results.kinds.setdefault(name, Tally())
        wanted = cases if only else int(cases * share)
        while tally.cases < wanted:
            some = min(AT_ONCE, wanted - tally.cases)
            tally.add(hunt.hunt(name, chance.randrange(1 << 32), some, SECONDS))
            print(f"{name} {tally.as_json()}", file=sys.stderr)
            if file:
                results.keep(file)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--only", choices=kinds.KINDS, default="")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--page", type=Path)
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    results = Results.kept(asked.results) if asked.results else Results()
    results.seeds.append(asked.seed)
    try:
        try_cases(asked.cases, asked.seed, asked.only, results, asked.results)
        if not asked.only:
            suites.run(results)
    except (hunt.Found, suites.Red) as broken:
        print(f"error: {broken}\nseed {asked.seed}", file=sys.stderr)
        return 1
    if asked.results:
        results.keep(asked.results)
    print(page.page(results), end="")
    if asked.page:
        asked.page.write_text(page.page(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
