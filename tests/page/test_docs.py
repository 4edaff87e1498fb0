"""The page at /docs: the API for reading, in a browser that runs no script of it."""

from __future__ import annotations

import pytest

from browser import Browser
from page.axe import violations
from page.front import Front

TEXT = "document.body.innerText"


@pytest.fixture
def docs(page: Browser, sums: Front) -> str:
    address = str(page.script("return location.href"))
    page.open(f"{address}docs")
    return address


def test_every_operation_its_fields_and_its_examples_are_told(page: Browser, docs: str) -> None:
    said = page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; }); return " + TEXT)
    for words in (
        "POST /predict",
        "a list of 3 entries, each a number or null",
        "Two rows",
        "GET /health",
        "Identifies the model: another model has another version",
        "429 Too many requests came at once; try again in a moment.",
    ):
        assert words in said


def test_its_links_lead_on_below_any_path_also_with_a_slash_at_its_end(page: Browser, docs: str) -> None:
    for address in (f"{docs}docs", f"{docs}docs/"):
        page.open(address)
        links = page.script("return [...document.querySelectorAll('header a')].map((link) => link.href)")
        assert links == [docs, f"{docs}openapi.json"]


def test_nothing_keeps_anybody_from_reading_it(page: Browser, docs: str) -> None:
    assert violations(page) == []
    page.command("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=False)
    try:
        assert page.script("return document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []
    finally:
        page.command("Emulation.clearDeviceMetricsOverride")


def test_it_runs_nothing_and_asks_for_nothing(page: Browser, docs: str) -> None:
    assert page.script("return document.scripts.length") == 0
    assert page.script("return performance.getEntriesByType('resource').length") == 0
