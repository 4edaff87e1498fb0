"""Changes serving in one small place at a time and says which changes no test notices.

Those that survivors.toml lists, with the reason, may survive; any other ends it with status 1.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT / "tests")

from mutation import changes, survivors  # noqa: E402
from mutation.copies import Copy  # noqa: E402
from mutation.covered import Covered  # noqa: E402
from mutation.results import NOTICED, Results  # noqa: E402
from mutation.trials import Trials  # noqa: E402

KINDS = ("noticed", "listed", "left")
ROW = "{:28}" + 5 * "{:>9}" + "{:>8}"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bash tests/mutants.sh", description=__doc__)
    parser.add_argument("paths", nargs="*", default=["serving"], metavar="FILE_OR_FOLDER")
    parser.add_argument("--tests", nargs="+", default=["tests/serving"])
    parser.add_argument(
        "--sample", type=int, metavar="NUMBER", help="that many of the changes, at random, of each file its share"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--results", type=Path, help="a line of JSON for each change; what it holds is not tried again")
    return parser.parse_args()


def main() -> int:
    given = options()
    found = [change for path in given.paths for change in changes.of(ROOT / path, ROOT)]
    order = evenly(found, given.seed)
    if given.sample:
        print(f"mutation  {given.sample} of {len(found)} changes, --seed {given.seed}", file=sys.stderr)
        found = order = order[: given.sample]
    results = Results(given.results)
    # One may write the same line twice.
    left = {change.key: change for change in order if change.key not in results.outcomes}
    # Who ends it early is told what was tried. Python does not hear of a Ctrl-C where a script started it.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        try_(list(left.values()), given.tests, results)
    return report(found, results)


def evenly(found: list[changes.Change], seed: int) -> list[changes.Change]:
    """In an order by which at any time the same share of every file has been tried, at random."""
    files: dict[str, list[changes.Change]] = {}
    for change in found:
        files.setdefault(change.file, []).append(change)
    chance = random.Random(seed)
    shares = [
        ((place + chance.random()) / len(those), change)
        for those in files.values()
        for place, change in enumerate(chance.sample(those, len(those)))
    ]
    return [change for _, change in sorted(shares, key=lambda pair: pair[0])]


def try_(left: list[changes.Change], tests: list[str], results: Results) -> None:
    if not left:
        return
    rows = survivors.listed()
    with tempfile.TemporaryDirectory(prefix="mutation-") as place:
        copy = Copy(ROOT, Path(place))
        print("mutation  which test runs which line", file=sys.stderr)
        covered = Covered(copy, tests)

        def work(trials: Trials) -> None:
            for change in left:
                began = time.monotonic()
                may_survive = any(survivors.is_about(row, change) for row in rows)
                results.add(change, trials.outcome(change, may_survive=may_survive), time.monotonic() - began)

        Trials(covered, tests, work)


def report(found: list[changes.Change], results: Results) -> int:
    rows = survivors.listed()
    rooms: dict[str, Counter[str]] = {}
    for change in found:
        what = results.outcomes.get(change.key)
        kind = "not tried" if what is None else "noticed" if what in NOTICED else "left"
        if kind == "left" and any(survivors.is_about(row, change) for row in rows):
            kind = "listed"
        elif kind == "left":
            print(f"{what}  {change.file}  {change.function}\n    {change.line}\n    {change.becomes}")
        rooms.setdefault(str(Path(change.file).parent), Counter())[kind] += 1
    rooms["all"] = sum(rooms.values(), Counter())
    print(ROW.format("", "changes", "tried", *KINDS, ""))
    for room, counted in rooms.items():
        tried = counted.total() - counted["not tried"]
        share = f"{counted['noticed'] / tried:.1%}" if tried else ""
        print(ROW.format(room, counted.total(), tried, *(counted[kind] for kind in KINDS), share))
    print(f"mutation  {results.seconds:.0f} seconds of trials", file=sys.stderr)
    return 1 if rooms["all"]["left"] else 0


if __name__ == "__main__":
    sys.exit(main())
