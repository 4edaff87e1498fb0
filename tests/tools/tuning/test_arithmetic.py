"""Figures, prices, and what is computed for more processors than there are."""

from __future__ import annotations

import math

import pytest

import tunings as found
from tools.costs import month
from tools.costs.prices import Prices
from tools.tuning import extrapolation, points
from tools.tuning.points import Point
from tools.tuning.rows import Figures, Outcome

PRICES = Prices()


def test_percentiles_are_times_that_were_seen_and_none_is_left_out() -> None:
    warm = [*range(1, 100), 1000.0]
    figures = Figures.of(warm, [30.0, 10.0, 20.0])
    assert (figures.p50, figures.p95, figures.p99, figures.cold) == (50, 95, 99, 20)
    assert Figures.of([5.0, 1000.0], [1.0]).p99 == 1000


def test_begun_milliseconds_are_billed_whole_each() -> None:
    assert Figures.of([0.2, 1.2, 2.0], [1.0]).billed == pytest.approx((1 + 2 + 2) / 3)


def test_a_million_costs_its_requests_and_its_gigabyte_seconds() -> None:
    row = found.row(1024, 20)
    expected = PRICES.of("lambda", "million_requests") + 20_000 * PRICES.of("lambda", "gb_second", "x86_64")
    assert found.money().million(row) == pytest.approx(expected)


def test_a_month_is_what_cost_says_of_the_same_milliseconds() -> None:
    deployed = found.deployed()
    said = month.month(found.FOLDER, "prod", deployed, "us-east-1", 20)
    row = found.row(int(deployed.parameters["MemorySize"]), 20, cold=said.assumed.cold_ms)
    for requests in (10_000, 1_000_000, 100_000_000):
        assert found.money().month(row, requests) == pytest.approx(said.total(requests))


def test_what_is_kept_ready_is_paid_by_the_gigabyte_whether_called_or_not() -> None:
    paid, small, large = found.money(), found.row(512, 20), found.row(1024, 5)
    assert paid.provisioned(large) == pytest.approx(2 * paid.provisioned(small))
    assert paid.provisioned(large) == pytest.approx(730 * 3600 * PRICES.of("lambda", "provisioned_gb_second", "x86_64"))
    assert paid.snapshots(large) == pytest.approx(2 * paid.snapshots(small))


def test_a_server_pays_the_sooner_the_dearer_a_request_is() -> None:
    paid, one = found.money(), found.row(1769, 20)
    crossings = [paid.crossing(found.row(memory, 20), one) for memory in (512, 1769, 10240)]
    assert crossings == sorted(crossings, reverse=True)
    assert all(map(math.isfinite, crossings))


def test_memory_goes_from_the_least_to_the_most_that_lambda_has() -> None:
    tried = [*points.smaller(found.FAST), points.reference(found.FAST), *points.beyond(found.FAST)]
    assert {min(p.memory_mb for p in tried), max(p.memory_mb for p in tried)} == {128, 10_240}
    assert [(p.memory_mb, p.threads) for p in points.beyond(found.FAST)] == [
        (3538, 2),
        (5307, 3),
        (7076, 4),
        (8845, 5),
        (10_240, 5),
    ]
    assert all(p.threads == 1 for p in points.smaller(found.FAST))


@pytest.mark.parametrize(("several", "at_four"), [(50.0, 25.0), (75.0, 62.5)])
def test_more_threads_gain_what_two_gained_by_amdahls_law(several: float, at_four: float) -> None:
    one, two = found.row(1769, 100), found.row(3538, several)
    row = extrapolation.extrapolated(Point(found.FAST, 7076), one, two)
    assert row.outcome is Outcome.EXTRAPOLATED
    assert row.figures
    assert row.figures.p50 == pytest.approx(at_four)
    assert row.figures.p99 == pytest.approx(1.2 * at_four)
    assert row.figures.cold == 300
    assert not row.counts


@pytest.mark.parametrize("several", [98.0, 100.0, 180.0])
def test_where_two_threads_gained_nothing_more_are_not_reckoned_with(several: float) -> None:
    row = extrapolation.extrapolated(Point(found.FAST, 7076), found.row(1769, 100), found.row(3538, several))
    assert (row.outcome, row.figures) == (Outcome.SKIPPED, None)
    assert "2 threads were no faster than one" in row.reason
