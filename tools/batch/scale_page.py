"""Write what docs/scale.md computes: python tools batch.scale_page"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tools.batch import scale
from tools.batch.scale import Limits, Run, Work
from tools.costs import measured
from tools.costs.prices import USUAL, Prices

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
BEGIN, END = "<!-- computed by tools/batch/scale_page.py -->\n", "<!-- end -->\n"
MODEL = "tensorflow-example"
INPUTS = 100_000_000
CHUNK = 500
# A run as an account allows it without asking, and one after its concurrency was raised.
USUAL_LIMITS, RAISED = Limits(), Limits(account=10_000)


def work(objects: bool = False) -> Work:
    found = measured.of(MODEL)
    assert found, f"{MODEL} was not measured"
    return Work(INPUTS, found, CHUNK, objects)


def runs() -> list[tuple[str, Work, Limits]]:
    return [
        ("a new account: 10 at once", work(), Limits(account=10)),
        ("1,000 at once, as accounts have", work(), USUAL_LIMITS),
        ("10,000 at once, on request", work(), RAISED),
        ("the same, by chunks of 1,400", replace(work(), chunk=1_400), RAISED),
        ("1,000; a picture an object, one prefix", work(objects=True), USUAL_LIMITS),
        ("1,000; a picture an object, ten prefixes", work(objects=True), Limits(prefixes=10)),
    ]


def times(prices: Prices) -> str:
    rows = [_cells("", "time", "instances", "what holds it back", "dollars"), _cells(*["---"] * 5)]
    for name, each, limits in runs():
        run = scale.simulated(each, limits)
        bill = sum(scale.dollars(each, run, prices).values())
        rows.append(_cells(name, duration(run.seconds), f"{run.most_instances:,}", run.held_back_by, f"{bill:,.0f}"))
    return "".join(rows)


def bill(prices: Prices) -> str:
    both = [(each, scale.simulated(each, USUAL_LIMITS)) for each in (work(), work(objects=True))]
    packed, objects = (scale.dollars(each, run, prices) for each, run in both)
    rows = [_cells("dollars", "packed", "a picture an object"), _cells(*["---"] * 3)]
    rows += [_cells(what, f"{packed[what]:.2f}", f"{objects[what]:.2f}") for what in packed]
    rows.append(_cells("together", f"{sum(packed.values()):.2f}", f"{sum(objects.values()):.2f}"))
    return "".join(rows)


def beside(prices: Prices) -> str:
    # Pictures that are objects, which the others need, with prefixes enough.
    each = work(objects=True)
    limits = Limits(prefixes=10)
    run: Run = scale.simulated(each, limits)
    rows = [_cells("", "dollars", "time"), _cells(*["---"] * 3)]
    for found in scale.alternatives(each, run, prices):
        rows.append(_cells(found.name, f"{found.dollars:,.0f}", duration(60 * found.minutes)))
    return "".join(rows)


def remarks(prices: Prices) -> str:
    hours = ", ".join(f"{dollars:.3f} {where}" for where, dollars in scale.processor_hours(prices).items())
    single = replace(work(objects=True), chunk=1)
    bill = scale.dollars(single, scale.simulated(single, Limits(prefixes=10)), prices)
    requests, transitions = bill["function: requests"], bill["Step Functions: transitions"]
    return (
        f"In dollars, a processor's hour costs {hours}. With an invocation for each picture, requests would cost "
        f"{requests:.0f} and transitions {transitions:,.0f}.\n"
    )


def duration(seconds: float) -> str:
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def page(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    prices = Prices()
    found = work()
    said = (
        f"{found.inputs:,} pictures, {found.measured.warm_ms:g} ms each at {found.measured.memory_mb:,} MB "
        f"({MODEL}), {found.chunk} in a chunk: {found.chunks:,} invocations of {found.chunk_seconds:.1f} s. "
        f"List prices of {prices.date}, {USUAL}.\n"
    )
    tables = "\n".join([said, times(prices), bill(prices), beside(prices), remarks(prices)])
    return before + BEGIN + tables + END + after


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def main() -> None:
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
