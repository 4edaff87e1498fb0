"""Which points are measured, which need not be, and what is left after Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import tunings as found
from tools.tuning.points import Build, Point
from tools.tuning.rows import Outcome, Row
from tools.tuning.tour import Tour

Made = Callable[[Point], Row]


def tour(measure: Made, *builds: Build, processors: int = 2) -> tuple[Tour, list[Point]]:
    asked: list[Point] = []

    def measuring(point: Point) -> Row:
        asked.append(point)
        return measure(point)

    made = Tour(builds or (found.FAST,), processors, measuring)
    made.run()
    return made, asked


def scaled(point: Point) -> Row:
    """Twice the processors, half the time."""
    slower = 3 if point.build == found.NATIVE else 1
    return found.row(point.memory_mb, slower * 20 / point.processors, build=point.build)


def outcomes(made: Tour, build: Build = found.FAST) -> dict[int, Outcome]:
    return {row.point.memory_mb: row.outcome for row in made.rows if row.point.build == build}


def test_what_the_machine_has_processors_for_is_measured_and_the_rest_extrapolated() -> None:
    made, asked = tour(scaled)
    assert {point.memory_mb for point in asked} == {128, 256, 384, 512, 768, 1024, 1769, 3538}
    beyond = {memory: outcome for memory, outcome in outcomes(made).items() if memory > 3538}
    assert set(beyond.values()) == {Outcome.EXTRAPOLATED}
    assert made.is_complete


def test_with_one_processor_nothing_beyond_it_is_made_up() -> None:
    made, _ = tour(scaled, processors=1)
    beyond = [row for row in made.rows if row.point.memory_mb > 1769]
    assert {row.outcome for row in beyond} == {Outcome.SKIPPED}
    assert "no second processor" in beyond[0].reason


def test_what_died_of_memory_is_not_tried_with_less() -> None:
    def dies(point: Point) -> Row:
        return scaled(point) if point.memory_mb >= 512 else Row(point, Outcome.DIED, reason="out of memory")

    made, asked = tour(dies)
    assert outcomes(made)[384] is Outcome.DIED
    assert {outcomes(made)[memory] for memory in (128, 256)} == {Outcome.SKIPPED}
    assert Point(found.FAST, 256) not in asked
    assert "384 MB: out of memory" in made.rows[-1].reason


def test_a_build_that_answers_differently_is_asked_once_and_the_others_go_on() -> None:
    def differing(point: Point) -> Row:
        if point.build == found.NATIVE:
            return Row(point, Outcome.REFUSED, reason="answers differently: one-row: body.prediction")
        return scaled(point)

    made, asked = tour(differing, found.NATIVE, found.FAST)
    assert [point for point in asked if point.build == found.NATIVE] == [Point(found.NATIVE, 1769)]
    skipped = [row for row in made.rows if row.outcome is Outcome.SKIPPED]
    assert all("answers differently: one-row" in row.reason for row in skipped)
    assert outcomes(made)[128] is Outcome.MEASURED


def test_a_build_that_is_slower_for_the_same_memory_is_not_tried_with_others() -> None:
    made, asked = tour(scaled, found.FAST, found.NATIVE)
    assert [point for point in asked if point.build == found.NATIVE] == [Point(found.NATIVE, 1769)]
    assert "fast is 3.0 times as fast for the same memory" in made.rows[-1].reason


def test_after_ctrl_c_what_was_measured_is_there_and_what_was_not_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(point: Point) -> Row:
        if point.memory_mb == 768:
            raise KeyboardInterrupt
        return scaled(point)

    made, _ = tour(stopped)
    assert not made.is_complete
    assert outcomes(made)[1024] is Outcome.MEASURED
    assert outcomes(made)[768] is Outcome.SKIPPED
    assert len(made.rows) == len(outcomes(made)) == 12
    assert "what has been measured is kept" in capsys.readouterr().err


def test_each_point_is_told_with_the_time_that_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    tour(lambda point: replace(scaled(point)))
    lines = capsys.readouterr().err.splitlines()
    assert "fast, 1,769 MB: p50 20.0, p99 24.0, cold 300 ms (100 requests)  [0 s left]" in lines[0]
    assert "left" not in lines[-1]
