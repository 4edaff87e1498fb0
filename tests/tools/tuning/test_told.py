"""The table, the data and the page."""

from __future__ import annotations

import json
import re

import pytest

import tunings as found
import written_pages
from tools.tuning import page, plots
from tools.tuning import result as told
from tools.tuning.extrapolation import extrapolated
from tools.tuning.points import Point
from tools.tuning.result import Result
from tools.tuning.rows import Outcome, Row

DIFFERS = ("one-row: body.prediction: expected 14.7 within 1e-05 of it, got <b>15.2</b>",)
ONE, TWO = found.row(1769, 20), found.row(3538, 12)
ROWS = [
    ONE,
    TWO,
    extrapolated(Point(found.FAST, 7076), ONE, TWO),
    found.row(1024, 35),
    found.row(512, 75, cold=2000),
    Row(Point(found.FAST, 256), Outcome.DIED, reason="out of memory: 256 MB are not enough"),
    Row(Point(found.FAST, 128), Outcome.SKIPPED, reason="with 256 MB: out of memory"),
    Row(Point(found.NATIVE, 1769), Outcome.REFUSED, None, f"answers differently: {DIFFERS[0]}", 5, 1, DIFFERS),
    Row(Point(found.NATIVE, 512), Outcome.SKIPPED, reason="with 1,769 MB it answers differently"),
    Row(Point(found.NATIVE, 1024), Outcome.SKIPPED, reason="with 1,769 MB it answers differently"),
]


@pytest.fixture(params=[None, 30.0, 1.0], ids=["no goal", "a goal", "a goal that nothing meets"])
def result(request: pytest.FixtureRequest) -> Result:
    return found.result(ROWS, request.param)


def test_the_table_fits_a_terminal_and_has_every_point(result: Result) -> None:
    lines = told.table(result).splitlines()
    assert max(map(len, lines)) <= 80
    for row in ROWS:
        if row.outcome is not Outcome.SKIPPED:
            assert any(re.match(rf" *{row.point.memory_mb} .* {row.point.build.name} ", line) for line in lines)
    assert "not measured: native, 512 1,024 MB: with 1,769 MB it answers differently" in lines


def test_what_is_extrapolated_is_marked_and_what_is_refused_or_died_says_why() -> None:
    table = told.table(found.result(ROWS))
    assert re.search(r"7076 .* ~\d", table)
    assert "refused: answers differently: one-row" in table
    assert "died: out of memory: 256 MB" in table
    assert "~ fast: extrapolated beyond this machine from 1 and 2 threads" in table


def test_it_names_cheapest_knee_fastest_and_what_meets_the_goal() -> None:
    assert re.findall(r"^(\w[\w, ]*): fast, ([\d,]+) MB, p50", told.table(found.result(ROWS)), re.MULTILINE) == [
        ("cheapest, knee", "1,769"),
        ("fastest", "3,538"),
    ]
    goal = told.table(found.result(ROWS, 30))
    assert "p99 30 ms, cheapest, knee: fast, 1,769 MB" in goal
    assert "Nothing meets p99 1 ms; nearest: fast, 3,538 MB, 14.4 ms" in told.table(found.result(ROWS, 1))


def test_where_nothing_answers_right_it_says_so() -> None:
    nothing = found.result(ROWS[-3:])
    assert "there is nothing to choose from" in told.table(nothing)
    assert "there is nothing to choose from" in page.html(nothing)
    assert told.document(nothing)["chosen"] is None


def test_the_data_is_json_and_has_every_point_with_its_answers(result: Result) -> None:
    data = json.loads(json.dumps(told.document(result), allow_nan=False))
    assert len(data["points"]) == len(ROWS)
    [refused] = [point for point in data["points"] if point["outcome"] == "refused"]
    assert refused["events"] == {"asked": 5, "differing": 1, "details": list(DIFFERS)}
    assert data["cheapest"]["memory_mb"] == 1769
    assert set(data["cheapest"]["dollars_a_month"]) == {"10000", "1000000", "100000000"}
    assert (data["chosen"] is None) == (result.goal == 1.0)


def test_the_page_is_whole_and_loads_nothing(result: Result) -> None:
    written_pages.assert_whole(page.html(result))


def test_the_page_shows_every_point_and_what_it_did_to_the_answers() -> None:
    text = page.html(found.result(ROWS))
    assert "one-row: body.prediction: expected 14.7 within 1e-05 of it, got &lt;b&gt;15.2&lt;/b&gt;" in text
    assert "4 of 5" in text
    assert "5 of 5" in text
    assert "out of memory: 256 MB are not enough" in text
    # both plots, each measured or reckoned point once
    assert len(re.findall(r"<circle ", text)) == 2 * sum(row.figures is not None for row in ROWS)
    assert len(re.findall(r'class="dot guessed', text)) == 2


def test_a_page_of_an_interrupted_tour_says_so() -> None:
    assert "stopped before the end" in page.html(found.result(ROWS, is_complete=False))


@pytest.mark.parametrize("values", [(5.0, 5.0), (0.2, 0.9), (3.0, 4.1), (1.0, 30_000.0)])
def test_an_axis_has_few_ticks_all_of_them_inside(values: tuple[float, float]) -> None:
    axis = plots.Axis.over(values, 0, 100)
    assert len(axis.ticks) <= plots.MOST_TICKS
    assert all(0 <= axis.at(value) <= 100 for value in (*values, *axis.ticks))
