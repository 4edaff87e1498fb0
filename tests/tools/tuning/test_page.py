"""The page in a browser: on a phone and on a desk, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tunings as found
from browser import Browser
from tools.tuning import page
from tools.tuning.extrapolation import extrapolated
from tools.tuning.points import Point
from tools.tuning.rows import Outcome, Row

ONE, TWO = found.row(1769, 20), found.row(3538, 12)
LONG = "events/" + "a-long-name-" * 12
ROWS = [
    *(found.row(memory, 20 * 1769 / memory) for memory in (128, 256, 384, 512, 768, 1024)),
    *(ONE, TWO, extrapolated(Point(found.FAST, 10_240), ONE, TWO)),
    Row(Point(found.NATIVE, 1769), Outcome.REFUSED, None, f"answers differently: {LONG}", 5, 1, (LONG,)),
]
SEEN = """
const box = element => document.querySelector(element).getBoundingClientRect();
const shows = element => getComputedStyle(document.querySelector(element));
return {wide: document.documentElement.scrollWidth, plot: box('svg').width, back: shows('body').backgroundColor,
  text: shows('body').color, dot: shows('circle.c0').fill, tables: document.querySelectorAll('table').length,
  hidden: [...document.querySelectorAll('table')].map(table => table.scrollWidth - table.parentElement.clientWidth)}
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    file: Path = tmp_path_factory.mktemp("page") / "tuned.html"
    file.write_text(page.html(found.result(ROWS, 60)))
    with Browser() as opened:
        opened.open(f"file://{file}")
        yield opened


@pytest.mark.parametrize("width", [390, 1000])
def test_nothing_is_wider_than_the_screen_by_day_or_by_night(browser: Browser, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.command("Emulation.setDeviceMetricsOverride", **size)
    browser.until(f"innerWidth === {width}")
    seen = {}
    for scheme in ("light", "dark"):
        browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.until(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        seen[scheme] = browser.script(SEEN)
        assert seen[scheme]["wide"] <= width
        assert 300 < seen[scheme]["plot"] < 500
        assert max(seen[scheme]["hidden"]) <= 0
        assert seen[scheme]["back"] != seen[scheme]["text"]
    assert all(seen["light"][what] != seen["dark"][what] for what in ("back", "text", "dot"))
