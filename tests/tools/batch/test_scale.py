"""The run that docs/scale.md is about: bound by each limit in turn, and paid to the last request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.batch import scale, scale_page
from tools.batch.scale import Limits, Work
from tools.costs.measured import Measured
from tools.costs.prices import Prices

# A tenth of a second each, so that an instance does ten a second and a chunk of a hundred takes ten.
MEASURED = Measured(warm_ms=100, cold_ms=1000, memory_mb=1024, image_mb=10)
WORK = Work(inputs=1_000_000, measured=MEASURED, chunk=100, objects=False)


def test_the_page_is_what_the_program_gives() -> None:
    text = scale_page.PAGE.read_text()
    assert scale_page.page(text) == text, "docs/scale.md is old: python tools batch.scale_page"


def test_every_run_of_the_page_fits() -> None:
    for _, work, _ in scale_page.runs():
        assert scale.fits(work) == []


def test_what_aws_would_refuse_is_told() -> None:
    assert scale.fits(replace(WORK, chunk=300)) == ["a chunk takes 30 s and a function has 29"]
    quick = replace(WORK, measured=replace(MEASURED, warm_ms=1), chunk=10_000, objects=True)
    assert scale.fits(quick) == ["a chunk is 630,200 bytes and an item may have 262,144"]


@pytest.mark.parametrize(
    ("limits", "rate", "reason"),
    [
        (Limits(account=10), 100, "the account's concurrency"),
        (Limits(account=10**6, transitions=10**6, dispatched=10**6), 100_000, "the Map's concurrency"),
        (Limits(account=10_000), 10_000, "how fast the Map begins chunks"),
        (Limits(transitions=2), 100, "state transitions a second"),
    ],
)
def test_what_is_scarcest_sets_the_pace(limits: Limits, rate: int, reason: str) -> None:
    work = replace(WORK, inputs=1000 * rate)
    run = scale.simulated(work, limits)
    assert run.held_back_by == reason
    assert 1000 <= run.seconds <= 1000 + 100 + 1  # a start, and what it takes to have them all


def test_instances_come_a_thousand_in_ten_seconds() -> None:
    # 1,000 a second more each second: a hundred seconds for half of 1,000 * 100 * 101
    run = scale.simulated(
        replace(WORK, inputs=1000 * 100 * 101 // 2), Limits(account=10_000, transitions=10**6, dispatched=10**6)
    )
    assert (run.seconds, run.most_instances) == (101, 10_000)
    assert run.held_back_by == "how fast instances are added"


def test_a_picture_an_object_waits_for_its_prefix_and_more_prefixes_are_faster() -> None:
    work = replace(WORK, objects=True, inputs=5_500 * 100)
    one, ten = (scale.simulated(work, Limits(prefixes=prefixes)) for prefixes in (1, 10))
    assert one.held_back_by == "requests a second to a prefix of S3"
    assert 100 <= one.seconds <= 111
    assert one.most_instances == 550
    assert ten.seconds < one.seconds / 1.5


def test_the_bill_is_of_every_second_and_request() -> None:
    prices = Prices()
    run = scale.simulated(WORK, Limits())
    bill = scale.dollars(WORK, run, prices)
    second = prices.of("lambda", "gb_second", "x86_64")
    assert bill["function: time"] == pytest.approx(100_000 * second)
    assert bill["function: cold starts"] == pytest.approx(run.most_instances * second)
    assert bill["function: requests"] == pytest.approx(0.2 / 100)
    assert bill["Step Functions: transitions"] == pytest.approx(20 * 0.025)
    assert bill["S3: reading"] == pytest.approx(0.4 / 100)
    assert bill["S3: results"] == pytest.approx(5 / 100)


def test_chunks_are_what_makes_the_services_around_the_model_cheap() -> None:
    one_by_one = replace(WORK, chunk=1)
    prices = Prices()
    dear = scale.dollars(one_by_one, scale.simulated(one_by_one, Limits(transitions=10**6, dispatched=10**6)), prices)
    cheap = scale.dollars(WORK, scale.simulated(WORK, Limits()), prices)
    assert dear["function: time"] == cheap["function: time"]
    assert dear["Step Functions: transitions"] == pytest.approx(100 * cheap["Step Functions: transitions"])


def test_the_other_ways_do_the_same_work() -> None:
    work = replace(WORK, objects=True)
    run = scale.simulated(work, Limits(prefixes=10))
    prices = Prices()
    batch, one_by_one, transform, fleet = scale.alternatives(work, run, prices)
    bill = scale.dollars(work, run, prices)
    assert batch.dollars == pytest.approx(sum(bill.values()))
    assert one_by_one.dollars - bill["function: time"] - bill["function: cold starts"] == pytest.approx(
        0.2 + 0.25 + 1 + 0.4
    )
    assert transform.dollars == pytest.approx(100_000 / 3600 / 4 * 0.204 + 0.4)
    assert fleet.dollars < transform.dollars
