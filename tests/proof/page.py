"""docs/proof.md, of the results of a run."""

from __future__ import annotations

import platform
from importlib.metadata import version

from proof.kind import Tally
from proof.promises import PROMISES, Promise
from proof.results import Results

MOST_CODES = 4
LIBRARIES = ("pillow", "msgspec", "h11", "uvicorn", "onnxruntime", "ai-edge-litert", "xgboost-cpu", "hypothesis")
KINDS = {
    "pictures": "JPEG, PNG, WebP, GIF and BMP with parts copied, dropped, swapped, cut and renumbered",
    "envelopes": "events of gateways with anything in them, and any JSON",
    "bodies": "bodies to four models, of JSON and nearly so, of any type and encoding",
    "addresses": "addresses in every spelling, resolvers and redirects that lead inside",
    "origins": "answers of a server that breaks HTTP",
    "requests": "bytes on a connection of `serve`, after each a good request",
}
HEAD = """# Proof

What [SECURITY.md](../SECURITY.md) promises, and what was tried to break it. `python tests/proof` made this page of a
whole run. The tests try some seconds of every kind again, with cases that nobody has seen before, and end red where
one breaks a promise.

## Promises

| promise | hostile cases | tests | longest case | most memory |
|---|--:|--:|--:|--:|
"""
# What stands in a column of what a promise has nothing of.
NONE = "-"
UNITS = """
A case is timed by the processor's clock, one of `requests` by the wall's. The memory is that of the whole process; a
function has 1,769 MB.

## Cases

| kind | what | cases | came to |
|---|---|--:|---|
"""
HELD = """
No answer was a 5xx of ours, no process ended, no private address was dialled, no case took over a second, and whatever
was logged was one line of JSON.

## With

"""


def page(results: Results) -> str:
    promises = "".join(f"{_promise(promise, results)}\n" for promise in PROMISES)
    cases = "".join(f"{_kind(name, tally)}\n" for name, tally in results.kinds.items())
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    seeds = ", ".join(map(str, results.seeds))
    return f"{HEAD}{promises}{UNITS}{cases}{HELD}Python {platform.python_version()}, {libraries}. Seeds: {seeds}.\n"


def _promise(promise: Promise, results: Results) -> str:
    tallies = [results.kinds[name] for name in promise.kinds if name in results.kinds]
    suites = [results.suites[name] for name in promise.suites if name in results.suites]
    seconds = f"{max(tally.seconds for tally in tallies):.2f} s" if tallies else NONE
    memory = f"{max(tally.memory for tally in tallies) / 1e6:.0f} MB" if tallies else NONE
    cases, tests = (sum(tally.cases for tally in tallies), sum(suite.passed for suite in suites))
    return f"| {promise.name} | {_number(cases)} | {_number(tests)} | {seconds} | {memory} |"


def _kind(name: str, tally: Tally) -> str:
    came = ", ".join(f"{code} {count:,}" for code, count in tally.codes.most_common(MOST_CODES))
    return f"| {name} | {KINDS[name]} | {tally.cases:,} | {came} |"


def _number(total: int) -> str:
    return f"{total:,}" if total else NONE
