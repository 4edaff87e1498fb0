"""What the pages point to is there, and a page is no longer than two screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline_runs import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
TWO_SCREENS = 120
LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text())
    gone = [target for target, _ in links if "://" not in target and not (page.parent / target).exists()]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_two_screens_at_most(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= TWO_SCREENS


def test_every_page_is_reached_from_the_first() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = [target for target, _ in LINK.findall(page.read_text()) if "://" not in target]
        ahead += [(page.parent / target).resolve() for target in links]
    assert set(PAGES) - reached == set()
