"""Measures model folders, and compares the examples with the obvious way to serve the same model (bench/naive).

    .pipeline/venv/bin/python -m bench                        every example
    .pipeline/venv/bin/python -m bench xgboost-example        one of them
    .pipeline/venv/bin/python -m bench ./churn                a folder of your own, by itself
    .pipeline/venv/bin/python -m bench --check --html bench.html

Needs a container engine and what `bash pipeline.sh -s local` sets up, on Linux. Naive images and weights
are kept, so that only the first run takes long.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import asked, check, engine, images, measure, page
from bench.figures import figures
from bench.report import Measured, Report, caution, facts, model_line, table, verdict_lines

ROUNDS = 5
REQUESTS = 40


class DifferentAnswers(Exception):
    """The two sides answer differently, so their speeds cannot be compared."""


def main(words: Sequence[str] | None = None) -> int:
    arguments = parse(words)
    folders = arguments.folders or images.folders()
    try:
        report = compare(folders, arguments.rounds, arguments.requests)
        if arguments.check and not holds(report):
            # Other work on the machine spoils a measurement now and then. A real regression shows twice.
            print(table(report))
            say("a bound is exceeded: measuring again, with twice the rounds, which then count")
            report = compare(folders, 2 * arguments.rounds, arguments.requests)
    except (DifferentAnswers, asked.NothingToAsk, engine.EngineError, images.BuildError, measure.MeasureError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(report))
    for each in report.folders:
        print(model_line(each))
    if words_of_caution := caution(report):
        print(words_of_caution, file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=1) + "\n")
    if arguments.html:
        arguments.html.write_text(page.html(report))
    if not arguments.check:
        return 0
    print("\n".join(verdict_lines(report)))
    return 0 if holds(report) else 1


def holds(report: Report) -> bool:
    return all(verdict.holds for each in report.folders for verdict in each.verdicts)


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="a model folder; default: those with a naive twin")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bound of bounds.toml is exceeded")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with plots")
    parser.add_argument("--rounds", type=positive, default=ROUNDS, metavar="N", help="cold starts each (%(default)s)")
    parser.add_argument(
        "--requests", type=positive, default=REQUESTS, metavar="N", help="warm requests a round (%(default)s)"
    )
    arguments = parser.parse_args(words)
    try:
        arguments.folders = [asked.folder(word) for word in arguments.folders]
    except ValueError as error:
        parser.error(str(error))
    if alone := [Path(folder).name for folder in arguments.folders if arguments.check and not images.has_twin(folder)]:
        parser.error(f"--check holds a folder to the bounds of its twin, and there is no bench/naive/{alone[0]}")
    return arguments


def positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def compare(folders: Sequence[str], rounds: int, requests: int) -> Report:
    built = {"empty": (images.naive("empty"), b"{}")}
    told = {}
    for folder in folders:
        say(f"{folder}: images")
        event, weights = asked.request(folder), images.weights(folder)
        told[folder] = weights.told
        if images.has_twin(folder):
            built[f"{folder}, naive"] = images.naive(folder, weights), event
        built[f"{folder}, ours"] = images.ours(folder, weights), event
    sizes = {name: images.size(image) for name, (image, _) in built.items()}

    processor = measure.pin()
    state = facts(rounds, requests)
    runs: dict[str, list[measure.Run]] = {name: [] for name in built}
    # The first round fills the page cache and is not counted. Within a round, all images take turns.
    for number in range(rounds + 1):
        for name, (image, event) in built.items():
            run = measure.measure(image, event, requests if number else 1, processor)
            if number:
                runs[name].append(run)
                say(f"round {number} of {rounds}: {name}: cold {run.cold:.0f} ms")
        for folder in filter(images.has_twin, folders if number == 1 else ()):
            if apart := check.difference(runs[f"{folder}, ours"][0].answer, runs[f"{folder}, naive"][0].answer):
                raise DifferentAnswers(f"{folder} and its naive twin answer differently: {apart}")

    found = {name: figures(runs[name], sizes[name]) for name in built}
    return Report(found["empty"], [measured(folder, told[folder], found) for folder in folders], state)


def measured(folder: str, weights: str, found: dict[str, Any]) -> Measured:
    ours = found[f"{folder}, ours"]
    if not images.has_twin(folder):
        return Measured(Path(folder).name, weights, None, ours, {}, [])
    naive = found[f"{folder}, naive"]
    ratios = check.ratios(ours, naive, found["empty"])
    allowed = check.bounds(images.NAIVE / folder / "bounds.toml")
    return Measured(folder, weights, naive, ours, ratios, list(check.verdicts(ratios, allowed)))


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {words}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
