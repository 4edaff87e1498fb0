"""What HTTP requires a server to refuse but the parser accepts: RFC 9112, sections 2.3, 3.2, 3.3 and 6.1.

After such a request the connection is closed, because client and server may disagree on where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from serving.requests.errors import Refused

MAX_HEAD = 64 * 1024
VERSIONS = ("1.0", "1.1")
# A name, an address or nothing, with an optional port: RFC 3986, section 3.2.2.
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[-\w.~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?", re.ASCII)


def check(version: str, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
    if version not in VERSIONS:
        raise Refused(505, f"This server speaks HTTP/1.1 and not HTTP/{version}.", code="version_not_supported")
    # Each field has four more bytes: a colon, a space and the end of the line.
    if len(target) + sum(len(name) + len(value) + 4 for name, value in headers) > MAX_HEAD:
        raise Refused(431, f"The head of the request is larger than {MAX_HEAD:,} bytes.", code="head_too_large")
    names = [name for name, _ in headers]
    if names.count(b"host") > 1 or any(name == b"host" and not _HOST.fullmatch(value) for name, value in headers):
        raise Refused(400, "The Host header is not one valid host.", code="bad_request")
    if b"transfer-encoding" in names and (b"content-length" in names or version != "1.1"):
        raise Refused(400, "The request has two lengths, or one that HTTP/1.0 does not know.", code="bad_request")


def path_of(path: str) -> str:
    """The path of a request target, which may be a whole URL as sent to a proxy: RFC 9112, section 3.2.2."""
    scheme, separator, rest = path.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return path
    return "/" + rest.partition("/")[2]
