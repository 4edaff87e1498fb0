"""Changes serving in one small place at a time and says which changes no test notices.

Those that survivors.toml lists, with the reason, may survive; any other ends it with status 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT / "tests")

from mutation import changes, survivors  # noqa: E402
from mutation.copies import Copy  # noqa: E402
from mutation.covered import Covered  # noqa: E402
from mutation.trials import Trials  # noqa: E402


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bash tests/mutants.sh", description=__doc__)
    parser.add_argument("paths", nargs="*", default=["serving"], metavar="FILE_OR_FOLDER")
    parser.add_argument("--tests", nargs="+", default=["tests/serving"])
    parser.add_argument("--sample", type=int, metavar="NUMBER", help="that many of all changes, at random")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--results", type=Path, help="a line of JSON for each change; what it holds is not tried again")
    return parser.parse_args()


def main() -> int:
    given = options()
    found = [change for path in given.paths for change in changes.of(ROOT / path, ROOT)]
    if given.sample:
        print(f"mutation  {given.sample} of {len(found)} changes, --seed {given.seed}", file=sys.stderr)
        found = random.Random(given.seed).sample(found, min(given.sample, len(found)))
    with tempfile.TemporaryDirectory(prefix="mutation-") as place:
        copy = Copy(ROOT, Path(place))
        print("mutation  which test runs which line", file=sys.stderr)
        covered = Covered(copy, given.tests)
        results = given.results and given.results.absolute()
        outcomes = earlier(results)

        def work(trials: Trials) -> None:
            for change in found:
                if change.key not in outcomes:
                    began = time.monotonic()
                    outcome = trials.outcome(change)
                    outcomes[change.key] = told(change, outcome, time.monotonic() - began, results)

        Trials(covered, given.tests, work)
    return report(found, [outcomes[change.key] for change in found])


def earlier(results: Path | None) -> dict[tuple[str, ...], str]:
    if not results or not results.exists():
        return {}
    return {tuple(row["key"]): row["outcome"] for row in map(json.loads, results.read_text().splitlines())}


def told(change: changes.Change, found: str, seconds: float, results: Path | None) -> str:
    if results:
        with results.open("a") as file:
            file.write(json.dumps({"outcome": found, "seconds": round(seconds, 1), "key": change.key}) + "\n")
    return found


def report(found: list[changes.Change], outcomes: list[str]) -> int:
    rows = survivors.listed()
    rooms: dict[str, Counter[str]] = {}
    unknown = 0
    for change, result in zip(found, outcomes, strict=True):
        alive = result in ("survived", "untested")
        rooms.setdefault(str(Path(change.file).parent), Counter()).update(["alive" if alive else "dead"])
        if alive and not any(survivors.is_about(row, change) for row in rows):
            unknown += 1
            print(f"{result}  {change.file}  {change.function}\n    {change.line}\n    {change.becomes}")
    rooms["all"] = sum(rooms.values(), Counter())
    for room, counted in rooms.items():
        print(f"{room:32} {counted['dead']:5} of {counted.total():5} noticed, {counted['dead'] / counted.total():.1%}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
