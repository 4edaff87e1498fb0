"""Downloads a URL: parse, resolve, check, connect and read, and again for each redirect."""

import os
import socket
import threading
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from ssl import SSLCertVerificationError
from typing import cast

from serving.fetching import urls
from serving.fetching.addresses import is_public
from serving.fetching.connection import Deadline, TimedSocket, TooMuch, connect
from serving.fetching.fetch_limits import Fetched, Limits
from serving.requests.errors import NotFetched

Resolve = Callable[[str, int], list[str]]

ALLOW_PRIVATE_HOSTS = "SERVING_FETCH_ALLOW_PRIVATE_HOSTS"

_PORTS = (80, 443)
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3
_PIECE = 64 * 1024
# The most bytes before the body, and for the lengths of its chunks beyond a tenth of it: each chunk takes time to read.
_MOST_HEAD = 256 * 1024
# Content types from servers that do not know the type.
_UNKNOWN_TYPES = ("", "application/octet-stream", "binary/octet-stream")


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host without duplicates, in the system's order of preference."""
    found = socket.getaddrinfo(host, port)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def download(url: str, limits: Limits, resolve: Resolve) -> Fetched:
    try:
        return _follow(urls.parse(url), limits, resolve, Deadline(limits.seconds))
    except TimeoutError:
        reason = f"did not arrive within {limits.seconds:g} seconds"
        raise NotFetched("fetch_timeout", reason) from None
    except SSLCertVerificationError:
        raise NotFetched("fetch_failed", "has no valid certificate") from None
    except TooMuch:
        raise _too_large(limits.max_bytes) from None
    except (OSError, HTTPException, ValueError):  # `http.client` raises ValueError for malformed numbers
        raise NotFetched("fetch_failed", "could not be read") from None


def _follow(target: urls.Target, limits: Limits, resolve: Resolve, deadline: Deadline) -> Fetched:
    for _ in range(1 + _MOST_REDIRECTS):
        addresses = _allowed_addresses(target, resolve, deadline)
        with connect(target, addresses, deadline, _MOST_HEAD + 2 * limits.max_bytes) as connection:
            # `http.client` forgets its socket once it has read the head.
            wire = cast(TimedSocket, connection.sock)
            connection.request(
                "GET",
                target.path,
                headers={"Accept": limits.accept, "User-Agent": "serving", "Connection": "close"},
            )
            response = connection.getresponse()
            location = response.getheader("Location")
            if response.status not in _REDIRECTS or not location:
                return _read(response, limits, wire)
            target = urls.redirect(target, location)
    raise NotFetched("fetch_failed", f"redirects more than {_MOST_REDIRECTS} times")


def _allowed_addresses(target: urls.Target, resolve: Resolve, deadline: Deadline) -> list[str]:
    trusted = os.environ.get(ALLOW_PRIVATE_HOSTS, "").replace(" ", "").split(",")
    is_trusted = target.host in trusted or f"{target.host}:{target.port}" in trusted
    if not is_trusted and target.port not in _PORTS:
        raise NotFetched("url_not_allowed", "asks for a port other than 80 and 443")
    addresses = _resolved(target, resolve, deadline)
    # All must be public: a name with a private address among public ones is suspicious.
    if not is_trusted and not all(map(is_public, addresses)):
        raise NotFetched("url_not_allowed", "leads to an address that is not public")
    return addresses


def _resolved(target: urls.Target, resolve: Resolve, deadline: Deadline) -> list[str]:
    """Resolve in a thread, because the system's resolver has no timeout."""
    found: list[str] = []

    def work() -> None:
        try:
            found.extend(resolve(target.host, target.port))
        except (OSError, UnicodeError):  # some characters normalise to two dots, an empty label
            return

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if thread.is_alive():
        raise TimeoutError
    if not found:
        raise NotFetched("fetch_failed", "names a host that was not found")
    return found


def _read(response: HTTPResponse, limits: Limits, wire: TimedSocket) -> Fetched:
    if response.status != 200:
        raise NotFetched("fetch_failed", f"was answered with status {response.status}")
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise NotFetched("fetch_failed", "was answered in a compressed form nobody asked for")
    content_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if not _fits(content_type, limits.accept):
        raise NotFetched("fetch_wrong_type", f"is not of the type {limits.accept}")
    return Fetched(_body(response, limits.max_bytes, wire), content_type)


def _fits(content_type: str, accept: str) -> bool:
    group, _, name = accept.partition("/")
    if accept == "*/*" or content_type in _UNKNOWN_TYPES:
        return True
    return content_type.startswith(f"{group}/") if name == "*" else content_type == accept


def _body(response: HTTPResponse, most: int, wire: TimedSocket) -> bytes:
    if (response.length or 0) > most:
        raise _too_large(most)
    body = bytearray()
    while piece := response.read(_PIECE):
        body += piece
        if len(body) > most:
            raise _too_large(most)
        if wire.received > _MOST_HEAD + len(body) + len(body) // 10:
            raise NotFetched("fetch_failed", "comes in chunks that are too small")
    if response.length:
        raise NotFetched("fetch_failed", "ended before it was complete")
    return bytes(body)


def _too_large(most: int) -> NotFetched:
    return NotFetched("fetch_too_large", f"is larger than {most:,} bytes")
