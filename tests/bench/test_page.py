"""The report: JSON, table, and one page that needs nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
from xml.etree import ElementTree

import pytest

import written_pages
from bench import check, page
from bench.cost import Cost
from bench.figures import Figures
from bench.report import Measured, Report, in_words, model_line, share, table, verdict_lines

WARM = {"p1": 1.0, "p25": 2.0, "p50": 3.0, "p75": 4.0, "p90": 5.0, "p99": 6.0}


def figures_of(cold: float, size: int, own: float | None = None) -> Figures:
    parts = {"runtime": cold * 0.4, "imports": cold * 0.3, "load": cold * 0.2, "first": cold * 0.1}
    return Figures(cold, parts, [cold], WARM, own, 50, size, Cost(0.3, 0.4))


@pytest.fixture
def report() -> Report:
    naive, ours, empty = figures_of(3000, 400_000_000), figures_of(150, 9_000_000, 0.2), figures_of(40, 700_000)
    ratios = check.ratios(ours, naive, empty)
    verdicts = list(check.verdicts(ratios, {"cold": 0.05, "warm": 0.2}))
    facts = {
        "measured": "2026-01-02T03:04:05+00:00",
        "processor": "A <processor> & more",
        "memory_mb": 1769,
        "rounds": 5,
        "requests": 40,
        "prices": "dollars",
        "others": 0.02,
    }
    return Report(empty, [Measured("some-example", "weights x", naive, ours, ratios, verdicts)], facts)


def test_the_page_parses_and_loads_nothing(report: Report) -> None:
    written_pages.assert_whole(page.html(report))


def test_the_plots_are_well_formed_and_within_their_width(report: Report) -> None:
    plots = [ElementTree.fromstring(plot) for plot in re.findall(r"<svg.*?</svg>", page.html(report))]
    assert len(plots) == 4
    for plot in plots:
        for bar in plot.iter("rect"):
            assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= page.WIDTH - page.VALUES + 0.2


def test_a_bar_is_as_long_as_what_it_stands_for(report: Report) -> None:
    cold = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", page.html(report))[0])
    widths = [float(bar.attrib["width"]) for bar in cold.iter("rect")]
    naive, ours = sum(widths[:4]), sum(widths[4:8])
    assert naive == pytest.approx(page.PLOT, abs=0.5)
    assert ours == pytest.approx(page.PLOT / 20, abs=0.5)


def test_names_from_outside_are_escaped(report: Report) -> None:
    made = page.html(report)
    assert "A &lt;processor&gt; &amp; more" in made
    assert "A <processor>" not in made


def test_the_page_shows_which_bounds_hold(report: Report) -> None:
    made = page.html(report)
    assert "✓ cold: 0.05 of naive" in made
    assert "✗ warm: 1 of naive, at most 0.2 allowed: 5.00 times too much" in made


def test_the_data_holds_every_figure_and_verdict(report: Report) -> None:
    data = json.loads(json.dumps(report.as_json()))
    folder = data["folders"]["some-example"]
    assert folder["ours"]["parts"]["imports"] == 45
    assert folder["ratios"]["cold"] == 0.05
    assert [bound["holds"] for bound in folder["bounds"]] == [True, False]
    assert data["empty"]["cold"] == 40


def test_the_table_has_a_line_for_each_image_and_the_ratios(report: Report) -> None:
    lines = table(report).splitlines()
    assert [line.split("  ")[0] for line in lines[1:4]] == [
        "empty handler",
        "some-example, naive",
        "some-example, ours",
    ]
    assert "1/20.0" in lines[4]
    assert [line.split()[0] for line in verdict_lines(report)] == ["holds", "FAILS"]


def test_a_share_above_one_is_not_written_as_a_fraction() -> None:
    assert (share(0.05), share(1.5)) == ("1/20.0", "x 1.5")


def test_figures_from_a_busy_machine_say_so(report: Report) -> None:
    assert "kept" not in page.html(report)
    report.facts["others"] = 0.5
    assert "Others kept 50% of this machine busy" in page.html(report)


def test_the_page_begins_with_what_was_found_in_words(report: Report) -> None:
    text = page.html(report)
    words = in_words(report.folders[0])
    assert "first answer 20 times faster than the obvious way (150 ms after it is started instead of 3,000)" in words
    assert "every other one no faster and no more slowly (3.0 ms instead of 3.0)" in words
    assert "9 MB above its base instead of 400" in words
    assert text.index(words) < text.index("<svg")


@pytest.fixture
def alone(report: Report) -> Report:
    """Of a folder that nothing is beside."""
    ours = report.folders[0].ours
    return Report(report.empty, [Measured("churn", "the folder's own model", None, ours, {}, [])], report.facts)


def test_a_folder_without_a_twin_is_told_by_its_own_figures(alone: Report) -> None:
    assert table(alone).splitlines()[2].split()[:2] == ["churn", "150"]
    assert len(table(alone).splitlines()) == 3
    words = in_words(alone.folders[0])
    assert "first answer 150 ms after it is started and every other one in 3.0 ms" in words
    assert "9 MB above its base, and it takes 50 MB of memory" in words
    assert "A million requests cost $0.30, and $0.40 if one in a hundred is cold." in words
    assert model_line(alone.folders[0]) == words


def test_the_page_of_a_folder_without_a_twin_has_no_shares(alone: Report) -> None:
    made = page.html(alone)
    written_pages.assert_whole(made)
    assert "naive" not in made.partition("</style>")[2]
    assert len(re.findall(r"<svg.*?</svg>", made)) == 4
    assert json.loads(json.dumps(alone.as_json()))["folders"]["churn"]["naive"] is None


def test_what_is_slower_is_called_slower(report: Report) -> None:
    each = report.folders[0]
    slower = dataclasses.replace(each, ratios={**each.ratios, "warm": 1.5, "cold": 0.25})
    assert "1.5 times more slowly" in in_words(slower)
    assert "4.0 times faster" in in_words(slower)
