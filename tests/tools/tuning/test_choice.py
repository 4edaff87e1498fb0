"""Which setting is taken."""

from __future__ import annotations

from dataclasses import replace

import tunings as found
from tools.tuning import choice
from tools.tuning.rows import Outcome, Row


def priced(memory_mb: int, p50: float, dollars: float, p99: float | None = None) -> Row:
    return replace(found.row(memory_mb, p50, p99=p99), dollars=dollars)


SLOW, BENT, QUICK = priced(256, 100, 0.50), priced(1024, 22, 0.55), priced(3538, 20, 2.00)
BEATEN = priced(512, 110, 0.80)
ROWS = [SLOW, BENT, QUICK, BEATEN]


def test_the_front_is_what_nothing_beats_in_both() -> None:
    assert choice.front(ROWS) == [SLOW, BENT, QUICK]


def test_cheapest_and_fastest_are_its_ends_and_the_knee_is_where_it_bends() -> None:
    chosen = choice.choose(ROWS, None)
    assert chosen
    assert (chosen.cheapest, chosen.fastest, chosen.knee) == (SLOW, QUICK, BENT)
    assert chosen.chosen is BENT


def test_with_a_goal_it_is_the_cheapest_whose_p99_meets_it() -> None:
    assert [choice.choose(ROWS, goal).chosen for goal in (500, 120.0, 26.4, 24)] == [SLOW, SLOW, BENT, QUICK]  # type: ignore[union-attr]


def test_a_goal_looks_at_the_slowest_and_not_at_the_median() -> None:
    spiky = priced(1024, 20, 0.40, p99=300)
    chosen = choice.choose([spiky, QUICK], 200)
    assert chosen
    assert chosen.chosen is QUICK


def test_a_goal_that_nothing_meets_chooses_nothing_and_names_the_nearest() -> None:
    chosen = choice.choose(ROWS, 1)
    assert chosen
    assert (chosen.chosen, chosen.nearest) == (None, QUICK)


def test_only_what_was_measured_and_answered_right_is_chosen() -> None:
    others = [replace(BENT, outcome=outcome) for outcome in Outcome if outcome is not Outcome.MEASURED]
    assert choice.choose(others, None) is None
    chosen = choice.choose([SLOW, *others], None)
    assert chosen
    assert chosen.front == (SLOW,)


def test_where_one_setting_beats_all_it_is_everything() -> None:
    chosen = choice.choose([BENT], None)
    assert chosen
    assert chosen.cheapest is chosen.knee is chosen.fastest is BENT
