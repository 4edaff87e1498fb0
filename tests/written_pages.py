"""Pages of HTML that a program writes: whole, and sufficient by themselves."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_EMPTY_TAGS = {"meta", "link", "br", "img", "input", "hr"}


class _Tags(HTMLParser):
    """Fails on a tag that is closed without having been opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href", "xlink:href")]
        if tag not in _EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_whole(text: str) -> None:
    """Every tag is closed, and nothing is loaded from elsewhere."""
    tags = _Tags()
    tags.feed(text)
    assert (tags.open, tags.addresses) == ([], [])
    assert not re.search(r"https?:|url\(|@import|<script", text)
