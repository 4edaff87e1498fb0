"""Makes the pictures of the documents from the real thing.

    .pipeline/test-venv/bin/python docs/pictures.py                 a run in a terminal, and the page of its model
    .pipeline/test-venv/bin/python docs/pictures.py TUNING_PAGE     the page that --tune has written

Writes docs/run.webp and docs/page.webp, or docs/tune.webp, with Chromium and its driver, as the tests of the page.
"""

from __future__ import annotations

import base64
import html
import os
import pty
import re
import sys
from io import BytesIO
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from PIL import Image

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import Browser  # noqa: E402
from pipeline_runs import Home  # noqa: E402

COMMAND = "bash pipeline.sh -s local -r -p ./xgboost-example -d"
COLUMNS = 106
WIDTH = 1000
# Twice as many dots as it takes room: screens are finer than they were.
SCALE = 2
MOST_BYTES = 100_000
# What a person sees of the page before scrolling.
PAGE_HEIGHT = 760
# The choices, and the line of price against time.
TUNING_HEIGHT = 740

_STYLES = {"1": "font-weight:700", "2": "opacity:.6", "31": "color:#ff9d94", "33": "color:#ffd479"}
_CONTROL = re.compile(r"\x1b\[([\d;]*)([A-Za-z])")
_TERMINAL = """<!doctype html><style>
body {{ margin: 0; padding: 18px 22px; background: #14181a; color: #e7ebec; display: inline-block;
  font: 14px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; width: {columns}ch;
  white-space: pre-wrap; word-break: break-all; }}
b {{ color: #6fd0c2; }}
</style><body><b>$</b> {command}
{said}</body>"""


def main() -> None:
    if len(sys.argv) > 1:
        with Browser() as browser:
            browser.open(Path(sys.argv[1]).resolve().as_uri())
            browser.command("Emulation.setScrollbarsHidden", hidden=True)
            save(screenshot(browser, "document.documentElement", at_most=TUNING_HEIGHT), DOCS / "tune.webp")
        return
    # Of its own, so that nothing has been deployed before.
    with TemporaryDirectory() as folder, Home(Path(folder) / "home") as home, Browser() as browser:
        said = run(COMMAND, home)
        addresses = re.findall(r"^API_URL=(\S+)", said, re.MULTILINE)
        if not addresses:
            sys.exit("error: the run did not end with an address")
        browser.command("Emulation.setScrollbarsHidden", hidden=True)
        save(terminal(browser, said), DOCS / "run.webp")
        save(page(browser, addresses[-1]), DOCS / "page.webp")


def run(command: str, home: Home) -> str:
    """What it writes to a terminal, with files as they are called in a clone."""
    parts: list[bytes] = []

    def read(descriptor: int) -> bytes:
        parts.append(os.read(descriptor, 65536))
        return parts[-1]

    os.environ |= home.environment({"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"})
    del os.environ["NO_COLOR"]
    os.chdir(ROOT)
    pty.spawn(["bash", "-c", command], read)
    return b"".join(parts).decode().replace(f"{ROOT}/", "")


def terminal(browser: Browser, said: str) -> bytes:
    document = _TERMINAL.format(columns=COLUMNS, command=html.escape(COMMAND), said=marked(visible(said)))
    browser.open("data:text/html;base64," + base64.b64encode(document.encode()).decode())
    return screenshot(browser, "document.body")


def visible(said: str) -> str:
    """What is left to see: of a line that was written over, the last version."""
    return "\n".join(line.rpartition("\r")[2] for line in said.replace("\r\n", "\n").rstrip().split("\n"))


def marked(text: str) -> str:
    """Escape sequences as HTML."""
    result, at, is_open = "", 0, False
    for found in _CONTROL.finditer(text):
        result += html.escape(text[at : found.start()])
        at = found.end()
        if found[2] != "m":
            continue
        if is_open:
            result += "</span>"
        style = _STYLES.get(found[1], "")
        is_open = bool(style)
        result += f'<span style="{style}">' if style else ""
    return result + html.escape(text[at:]) + ("</span>" if is_open else "")


def page(browser: Browser, address: str) -> bytes:
    browser.open(urljoin(address, "."))
    browser.until("document.querySelectorAll('.example').length > 0")
    browser.script("document.querySelector('.example').click()")
    browser.until("document.querySelector('#answer .headline')")
    return screenshot(browser, "document.documentElement", at_most=PAGE_HEIGHT)


def screenshot(browser: Browser, element: str, at_most: float = inf) -> bytes:
    browser.command(
        "Emulation.setDeviceMetricsOverride", width=WIDTH, height=640, deviceScaleFactor=SCALE, mobile=False
    )
    # The page has its new size with the next picture that the browser draws.
    browser.until(f"innerWidth === {WIDTH} && document.documentElement.clientWidth === {WIDTH}")
    box = browser.script(f"const box = {element}.getBoundingClientRect(); return [box.width, box.height]")
    clip = {"x": 0, "y": 0, "width": box[0], "height": min(box[1], at_most), "scale": 1}
    taken = browser.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    return base64.b64decode(taken["data"])


def save(png: bytes, file: Path) -> None:
    """As good as fits."""
    with Image.open(BytesIO(png)) as image:
        for quality in (90, 80, 70, 60, 50, 40, 30):
            image.convert("RGB").save(file, quality=quality, method=6)
            if file.stat().st_size < MOST_BYTES:
                break
        else:
            sys.exit(f"error: {file.name} has {file.stat().st_size:,} bytes, more than {MOST_BYTES:,}")
    print(f"{file.relative_to(ROOT)}  {image.width} x {image.height}, {file.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
