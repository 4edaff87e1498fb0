"""The drawings of the pages: one style, in the dark too, on a phone too, and in words for who does not see them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import choosing_plot
from pipeline_runs import ROOT

DRAWINGS = sorted((ROOT / "docs").glob("*.svg"))
# A phone shows 360 points; what is drawn on this width keeps four fifths of its size there.
WIDEST, SMALLEST = 460, 12


def test_there_are_drawings() -> None:
    assert DRAWINGS


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda file: file.name)
def test_a_drawing_is_read_everywhere(drawing: Path) -> None:
    text = drawing.read_text()
    root = ElementTree.fromstring(text)
    assert float(root.attrib["viewBox"].split()[2]) <= WIDEST
    assert min(float(size) for size in re.findall(r'font-size="([0-9.]+)"', text)) >= SMALLEST
    assert len(root.attrib["aria-label"].split()) > 10
    assert root.attrib["role"] == "img"
    assert "href" not in text


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda file: file.name)
def test_all_have_the_same_colours_for_day_and_night(drawing: Path) -> None:
    shared = choosing_plot.STYLE.removesuffix("</style>").strip()
    assert "prefers-color-scheme: dark" in shared
    assert shared in drawing.read_text()
    # Nothing is black or white by itself.
    assert not re.search(r'(fill|stroke)="#(000|fff)', drawing.read_text())
