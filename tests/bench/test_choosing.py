"""Function or server: the page says what its figures give."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import choosing, choosing_plot
from bench.choosing import Model
from pipeline_runs import FOLDERS
from tools.costs.prices import SECONDS

# Quick, slow, and one that needs two servers before a server pays.


PRICES = (("lambda", "gb_second", "x86_64"), ("lambda", "million_requests"), ("api", "million_requests"))


def model_of(name: str, warm_ms: float, server_rate: float, memory_mb: int = 1769) -> Model:
    return Model(name, warm_ms, 100.0, memory_mb, 10.0, server_rate)


MODELS = [model_of("quick", 1.2, 2000.0), model_of("slow", 100.0, 60.0), model_of("heavy", 1000.0, 2.3)]
NEVER = model_of("never", 20.0, 5.0)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_where_they_cross_both_cost_the_same_and_beyond_it_the_server_costs_less(model: Model) -> None:
    crossing = model.crossing
    assert model.function(crossing) == pytest.approx(model.server(crossing))
    assert model.function(0.9 * crossing) < model.server(0.9 * crossing)
    assert model.function(1.05 * crossing) > model.server(1.05 * crossing)


def test_where_a_server_is_dearer_than_what_it_answers_they_never_cross() -> None:
    assert not NEVER.crosses
    assert "| never |" in choosing.table([NEVER])
    assert "circle" not in choosing_plot.plot([NEVER])


def test_a_server_is_asked_for_half_of_what_it_can_answer() -> None:
    model = model_of("any", 10.0, 100.0)
    assert [model.servers.instances(rate * SECONDS) for rate in (0.1, 49, 51, 101)] == [1, 1, 2, 3]


def test_a_function_costs_what_a_bill_would_say() -> None:
    """A million requests of 20 ms at 1,024 MB: 20,000 GB-seconds, the requests, and those of the HTTP API."""
    model = model_of("any", 20.0, 100.0, memory_mb=1024)
    time, requests, api = (choosing.PRICES.of(*names) for names in PRICES)
    assert model.per_request * 1e6 == pytest.approx(20_000 * time + requests + api)


def test_every_folder_is_on_the_page() -> None:
    assert {model.name for model in choosing.read()} == {folder.name for folder in FOLDERS}


def test_the_page_and_its_plot_are_what_the_figures_give() -> None:
    for file, text in choosing.written():
        assert file.read_text() == text, f"{file.name} is old: python -m bench.choosing"


def test_the_plot_marks_every_crossing() -> None:
    root = ElementTree.fromstring(choosing_plot.plot(MODELS))
    assert len(root.findall(".//{*}circle")) == len(MODELS)
    assert choosing_plot.plot(MODELS).count(" million: ") == len(MODELS)
    assert not re.search(r"nan|inf", choosing_plot.plot(MODELS))


def test_figures_come_from_the_two_measurements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MEASURED", tmp_path / "measured.json")
    report = {
        "facts": {"memory_mb": 1769},
        "folders": {"a": {"ours": {"warm": {"p50": 12.34}, "cold": 98.76, "size": 2_345_678}}},
    }
    (tmp_path / "bench.json").write_text(json.dumps(report))
    (tmp_path / "server.json").write_text(json.dumps([{"name": "a", "rate": 99.6, "p50": 1, "p99": 2}]))
    choosing.take(tmp_path / "bench.json", tmp_path / "server.json")
    assert choosing.read() == [Model("a", 12.3, 98.8, 1769, 2.3, 100)]
