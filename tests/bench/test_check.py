"""Bounds, and whether answers are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import check, images
from bench.cost import Cost
from bench.figures import Figures


def figures_of(cold: float, warm: float, size: int, own: float | None = None) -> Figures:
    return Figures(cold, {}, [cold], {"p50": warm}, own, 10, size, Cost(1, 1))


NAIVE = figures_of(cold=3000, warm=100, size=600)
EMPTY = figures_of(cold=40, warm=1, size=1)
OURS = figures_of(cold=120, warm=25, size=90, own=0.3)


def test_a_ratio_is_ours_to_naive() -> None:
    found = check.ratios(OURS, NAIVE, EMPTY)
    assert found == {"cold": 0.04, "cold_to_empty": 3, "warm": 0.25, "size": 0.15, "own_ms": 0.3}


def test_what_keeps_its_bound_holds_and_what_meets_it_exactly_does() -> None:
    found = check.ratios(OURS, NAIVE, EMPTY)
    assert all(verdict.holds for verdict in check.verdicts(found, {"cold": 0.05, "cold_to_empty": 3, "own_ms": 0.5}))


@pytest.mark.parametrize(
    ("name", "most", "said"),
    [
        ("cold", 1 / 30, "cold: 0.04 of naive, at most 0.0333 allowed: 1.20 times too much"),
        ("cold_to_empty", 2, "cold: 3 times the empty handler, at most 2 allowed: 1.50 times too much"),
        ("warm", 0.2, "warm: 0.25 of naive, at most 0.2 allowed: 1.25 times too much"),
        ("size", 0.1, "size: 0.15 of naive, at most 0.1 allowed: 1.50 times too much"),
        ("own_ms", 0.1, "own: 0.3 ms, at most 0.1 allowed: 3.00 times too much"),
    ],
)
def test_what_exceeds_its_bound_fails_and_says_by_how_much(name: str, most: float, said: str) -> None:
    [verdict] = check.verdicts(check.ratios(OURS, NAIVE, EMPTY), {name: most})
    assert not verdict.holds
    assert str(verdict) == said


def test_what_was_not_measured_is_not_held() -> None:
    silent = figures_of(cold=120, warm=25, size=90)
    [verdict] = check.verdicts(check.ratios(silent, NAIVE, EMPTY), {"own_ms": 0.5})
    assert not verdict.holds


def test_bounds_may_be_fractions(tmp_path: Path) -> None:
    file = tmp_path / "bounds.toml"
    file.write_text('cold = "1/20"\nown_ms = 0.5\n')
    assert check.bounds(file) == {"cold": 0.05, "own_ms": 0.5}


@pytest.mark.parametrize("line", ["colt = 1", "cold = 0", 'cold = "-1/2"', 'cold = "a fifth"'])
def test_a_bound_that_cannot_be_meant_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bounds.toml"
    file.write_text(line)
    with pytest.raises(ValueError, match=r"bound|above 0|Invalid literal"):
        check.bounds(file)


@pytest.mark.parametrize("folder", images.folders())
def test_every_folder_has_bounds_for_cold_warm_size_and_own_time(folder: str) -> None:
    assert {"cold", "warm", "size", "own_ms"} <= check.bounds(images.NAIVE / folder / "bounds.toml").keys()


@pytest.mark.parametrize(
    ("ours", "naive"),
    [
        ([["cat", 60.5], ["dog", 20]], [["cat", 60.0], ["fox", 20]]),
        ({"message": "m", "prediction": 14.73907}, {"message": "m", "prediction": 14.739056587}),
        ({"id": "of ours", "shares": {"cat": 0.995, "dog": 0.005}}, {"shares": {"cat": 0.99, "dog": 0.01}}),
    ],
)
def test_answers_are_the_same_but_for_what_rounding_does(ours: Any, naive: Any) -> None:
    assert check.difference(ours, naive) is None


@pytest.mark.parametrize(
    ("ours", "naive", "said"),
    [
        ([["cat", 60.0]], [["dog", 60.0]], "ours says 'cat'"),
        ([["cat", 60.0]], [["cat", 61.1]], "of 'cat' ours is sure with 60.0 %"),
        ({"prediction": 14.74}, {"prediction": 14.73}, "prediction is 14.74 of ours, 14.73 of naive"),
        ({"message": "a"}, {"message": "b"}, "message is 'a' of ours"),
        ({"shares": {"cat": 0.98, "dog": 0.02}}, {"shares": {"cat": 0.99, "dog": 0.01}}, "cat is 0.98 of ours"),
        ({"prediction": 1.0}, {"value": 1.0}, "ours answers {'prediction': 1.0}"),
        ([["cat", 60.0]], {"prediction": 1.0}, "naive {'prediction': 1.0}"),
    ],
)
def test_answers_that_differ_are_told_apart(ours: Any, naive: Any, said: str) -> None:
    assert said in str(check.difference(ours, naive))
