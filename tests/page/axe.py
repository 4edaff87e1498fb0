"""axe-core, which finds what keeps people from using a page."""

from __future__ import annotations

from functools import cache

from browser import Browser
from generators import installed

RUN = """
const done = axe.run({ resultTypes: ["violations"] });
return done.then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(" ")}`));
"""
SCHEMES = ("light", "dark")


@cache
def _source() -> str:
    return (installed.folder() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Browser) -> list[str]:
    """Of the page as it is, in the light and in the dark."""
    page.script(_source())
    found: list[str] = []
    for scheme in SCHEMES:
        prefer(page, scheme)
        found += [f"{scheme}: {one}" for one in page.script(RUN)]
    prefer(page, "")
    return found


def prefer(page: Browser, scheme: str) -> None:
    page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
