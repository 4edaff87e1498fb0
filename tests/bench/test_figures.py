"""From runs to figures: medians, quantiles, cost."""

from __future__ import annotations

import pytest

from bench.cost import PER_MILLION_REQUESTS, PRICES, cost
from bench.figures import figures, quantile
from bench.measure import Run, own
from bench.picture import HEIGHT, WIDTH, jpeg


def run_of(cold: float, warm: list[float], own: list[float] | None = None, peak_mb: float = 10) -> Run:
    return Run(cold, cold / 2, cold / 4, cold / 8, cold / 8, warm, own or [], peak_mb, "ok")


def test_a_quantile_is_a_value_that_was_seen() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [quantile(values, percent) for percent in (1, 20, 50, 90, 100)] == [1, 1, 3, 5, 5]
    assert quantile([1.0, 2.0], 50) == 1
    assert quantile([float(n) for n in range(1, 101)], 99) == 99


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 50)


def test_a_cold_start_is_the_median_one_and_its_parts_add_up() -> None:
    found = figures([run_of(300, [1]), run_of(100, [1]), run_of(200, [1])], size=7)
    assert found.cold == 200
    assert found.parts == {"runtime": 100, "imports": 50, "load": 25, "first": 25}
    assert sum(found.parts.values()) == found.cold
    assert found.colds == [300, 100, 200]


def test_warm_requests_of_all_rounds_count_alike() -> None:
    found = figures([run_of(1, [1, 2, 3], peak_mb=20), run_of(1, [4, 5, 6, 7])], size=7)
    assert (found.warm["p50"], found.warm["p99"]) == (4, 7)
    assert found.peak_mb == 20


def test_own_time_is_the_median_and_absent_where_nothing_is_logged() -> None:
    assert figures([run_of(1, [1], own=[0.1, 0.3, 0.2])], size=7).own == 0.2
    assert figures([run_of(1, [1])], size=7).own is None


def test_own_time_is_what_is_neither_fetch_decode_nor_model() -> None:
    assert own({"total": 10, "fetch": 1, "decode": 4, "model": 3, "predict": 1}) == 2
    assert own({"total": 10, "decode": 4, "predict": 5}) == 1  # a model of a few comparisons has no phase of its own


def test_a_million_requests_cost_what_lambda_charges() -> None:
    # 1,024 MB for 100 ms is a tenth of a GB-second.
    found = cost(warm_ms=100, cold_ms=1100, memory_mb=1024)
    second = PRICES.of("lambda", "gb_second", "x86_64")
    assert found.warm == pytest.approx(PER_MILLION_REQUESTS + 100_000 * second)
    assert found.some_cold == pytest.approx(PER_MILLION_REQUESTS + 99_000 * second + 11_000 * second)


def test_time_on_arm64_costs_a_fifth_less() -> None:
    x86, arm = (cost(100, 1100, 1024, machine).warm - PER_MILLION_REQUESTS for machine in ("x86_64", "arm64"))
    assert arm == pytest.approx(0.8 * x86, rel=1e-4)


def test_a_begun_millisecond_is_billed_whole() -> None:
    assert cost(1.01, 1, 1769) == cost(2, 1, 1769)
    assert cost(1.01, 1, 1769).warm > cost(1, 1, 1769).warm


def test_the_picture_is_the_same_every_time_and_as_large_as_a_photograph() -> None:
    made = jpeg()
    assert made == jpeg()
    assert 250_000 < len(made) < 900_000
    frame = made.index(b"\xff\xc0")
    assert made[frame + 5 : frame + 9] == HEIGHT.to_bytes(2, "big") + WIDTH.to_bytes(2, "big")
