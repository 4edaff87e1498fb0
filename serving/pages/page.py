"""The page at /: the files of web/ in one, with a content security policy that allows only its own scripts.

Scripts and styles are allowed by their hashes, so that injected ones do not run.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from serving.requests.messages import Response

WEB = Path(__file__).with_name("web")

# index.html refers to its files in the ordinary way, so that it can be edited like any page.
_STYLE = re.compile(r'<link rel="stylesheet" href="([\w.]+)">')
_SCRIPT = re.compile(r'<script src="([\w.]+)"></script>')


def response() -> Response:
    html = (WEB / "index.html").read_text(encoding="utf-8")
    styles = [file(name) for name in _STYLE.findall(html)]
    scripts = [file(name) for name in _SCRIPT.findall(html)]
    html = _STYLE.sub(lambda found: f"<style>{file(found[1])}</style>", html)
    html = _SCRIPT.sub(lambda found: f"<script>{file(found[1])}</script>", html)
    return page(html, styles, scripts)


def file(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def page(html: str, styles: Sequence[str], scripts: Sequence[str] = ()) -> Response:
    """The response with a page that contains these styles and scripts."""
    policy = [
        "default-src 'none'",
        f"script-src {_hashes(scripts)}",
        f"style-src {_hashes(styles)}",
        "connect-src 'self'",
        "img-src blob: data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "; ".join(policy),
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
    }
    return Response(200, html.encode(), headers)


def _hashes(texts: Sequence[str]) -> str:
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{hash}'" for hash in hashes) or "'none'"
