"""Serves page.html, with a policy that lets it run its own script and nothing else.

The script and the style are allowed by their hashes, so that nothing that finds its way into the
page from elsewhere runs with them.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from serving.requests.messages import Response

_PAGE = Path(__file__).with_name("page.html")


def response() -> Response:
    html = _PAGE.read_text(encoding="utf-8")
    return Response(
        200,
        html.encode(),
        {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": _policy(html),
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
        },
    )


def _policy(html: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash_of('script', html)}",
            f"style-src {_hash_of('style', html)}",
            "connect-src 'self'",
            "img-src blob: data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _hash_of(element: str, html: str) -> str:
    content = html.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
