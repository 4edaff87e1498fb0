"""Function or server: the page says what its figures give."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import choosing
from bench.choosing import Model
from pipeline_runs import FOLDERS

# Quick, slow, and one that needs two servers before a server pays.
MODELS = [Model("quick", 1.2, 1769, 2000.0), Model("slow", 100.0, 1769, 60.0), Model("heavy", 1000.0, 1769, 2.1)]
NEVER = Model("never", 20.0, 1769, 5.0)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_where_they_cross_both_cost_the_same_and_beyond_it_the_server_costs_less(model: Model) -> None:
    crossing = model.crossing
    assert model.function(crossing) == pytest.approx(model.server(crossing))
    assert model.function(0.9 * crossing) < model.server(0.9 * crossing)
    assert model.function(1.05 * crossing) > model.server(1.05 * crossing)


def test_where_a_server_is_dearer_than_what_it_answers_they_never_cross() -> None:
    assert not NEVER.crosses
    assert "| never |" in choosing.table([NEVER])
    assert "circle" not in choosing.plot([NEVER])


def test_a_server_is_asked_for_half_of_what_it_can_answer() -> None:
    model = Model("any", 10.0, 1769, 100.0)
    assert [model.instances(rate * choosing.SECONDS) for rate in (0.1, 49, 51, 101)] == [1, 1, 2, 3]


def test_a_function_costs_what_a_bill_would_say() -> None:
    """A million requests of 20 ms at 1,024 MB: 20,000 GB-seconds, the requests, and those of the HTTP API."""
    model = Model("any", 20.0, 1024, 100.0)
    assert model.per_request * 1e6 == pytest.approx(20_000 * 0.0000166667 + 0.20 + 1.00)


def test_every_folder_is_on_the_page() -> None:
    assert {model.name for model in choosing.read()} == {folder.name for folder in FOLDERS}


def test_the_page_and_its_plot_are_what_the_figures_give() -> None:
    for file, text in choosing.written():
        assert file.read_text() == text, f"{file.name} is old: python -m bench.choosing"


def test_the_plot_marks_every_crossing() -> None:
    root = ElementTree.fromstring(choosing.plot(MODELS))
    assert len(root.findall(".//{*}circle")) == len(MODELS)
    assert choosing.plot(MODELS).count(" million</text>") >= len(MODELS)
    assert not re.search(r"nan|inf", choosing.plot(MODELS))


def test_figures_come_from_the_two_measurements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MEASURED", tmp_path / "measured.json")
    report = {"facts": {"memory_mb": 1769}, "folders": {"a": {"ours": {"warm": {"p50": 12.34}}}}}
    (tmp_path / "bench.json").write_text(json.dumps(report))
    (tmp_path / "server.json").write_text(json.dumps([{"name": "a", "rate": 99.6, "p50": 1, "p99": 2}]))
    choosing.take(tmp_path / "bench.json", tmp_path / "server.json")
    assert choosing.read() == [Model("a", 12.3, 1769, 100)]
