"""docs/proof.md, of the results of a run."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from proof.promises import PROMISES, Promise
from proof.results import Results

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

What [SECURITY.md](../SECURITY.md) promises, and what was tried to break it. `python tests/proof` made this page of its own
whole run; the tests run some seconds of every kind again, with cases that nobody has seen before, and end red where one
breaks a promise.

"""


def lines(results: Results) -> Iterator[str]:
    yield from (
        "## Promises",
        "",
        "| promise | hostile cases | tests | longest case | most memory |",
        "|---|--:|--:|--:|--:|",
    )
    yield from (_row(promise, results) for promise in PROMISES)
    yield ""
    yield "A case of pictures, envelopes, bodies, addresses and origins is timed by the processor, one of requests by the clock."
    yield "The memory is that of the whole process; a function has 1,769 MB."
    yield from ("", "## Cases", "", "| kind | what | cases | came to |", "|---|---|--:|---|")
    for name, tally in results.kinds.items():
        came = ", ".join(f"{code} {count:,}" for code, count in tally.codes.most_common(4))
        yield f"| {name} | {KINDS[name]} | {tally.cases:,} | {came} |"
    yield ""
    yield "No answer was a 5xx of ours, no process ended, no private address was dialled, no case took over a second, no line of the"
    yield "log was anything but one line of JSON."
    found = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    seeds = ", ".join(map(str, results.seeds))
    yield from ("", "## With", "", f"Python {platform.python_version()}, {found}. Seeds: {seeds}.")


def page(results: Results) -> str:
    return HEAD + "\n".join(lines(results)) + "\n"


def _row(promise: Promise, results: Results) -> str:
    tallies = [results.kinds[name] for name in promise.kinds if name in results.kinds]
    suites = [results.suites[name] for name in promise.suites if name in results.suites]
    cases = _number(tally.cases for tally in tallies)
    seconds = f"{max(tally.seconds for tally in tallies):.2f} s" if tallies else "–"
    memory = f"{max(tally.memory for tally in tallies) / 1e6:.0f} MB" if tallies else "–"
    return f"| {promise.name} | {cases} | {_number(suite.passed for suite in suites)} | {seconds} | {memory} |"


def _number(numbers: Iterable[int]) -> str:
    total = sum(numbers)
    return f"{total:,}" if total else "–"
