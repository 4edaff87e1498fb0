"""Parses untrusted URLs strictly: one spelling per host, nothing on which two parsers may disagree."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from serving.requests.errors import NotFetched

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
# Characters of a path or a query that are not encoded. The percent sign is among them: it belongs to an encoding.
_AS_IT_IS = "/?:@!$&'()*+,;=%-._~"


class Target(msgspec.Struct, frozen=True):
    """Where a URL points."""

    url: str
    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def default_port(self) -> int:
        return _DEFAULT_PORTS[self.scheme]


def parse(url: str) -> Target:
    """The parts of a URL. Raises NotFetched if it is not allowed."""
    if len(url) > _LONGEST:
        raise _refused(f"is longer than {_LONGEST} characters")
    # urlsplit silently drops some of these, and would check another URL than was sent.
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise _refused("has a space, a backslash or a control character in it")
    try:
        parts = urlsplit(url)
        port = parts.port
        url.encode()  # fails for lone surrogates, which only a directly invoked event can hold
    except ValueError:
        raise _refused("is not a URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refused("is not an http or https URL")
    if "@" in parts.netloc:
        raise _refused("has a user name in it")
    query = f"?{parts.query}" if parts.query else ""
    return Target(
        url=url,
        scheme=parts.scheme,
        host=_host(parts.hostname or "", is_in_brackets=parts.netloc.startswith("[")),
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
        path=quote((parts.path or "/") + query, safe=_AS_IT_IS),
    )


def redirect(target: Target, location: str) -> Target:
    """The target of a redirect. Raises NotFetched if it is not allowed."""
    try:
        joined = urljoin(target.url, location)
    except ValueError:
        raise _refused("redirects to what is not a URL") from None
    following = parse(joined)
    if (target.scheme, following.scheme) == ("https", "http"):
        raise _refused("redirects from https to http")
    return following


def _host(host: str, *, is_in_brackets: bool) -> str:
    if is_in_brackets:
        return _address(IPv6Address, host)
    try:
        host = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise _refused("has no valid host in it") from None
    if not host or not _HOST_CHARACTERS.issuperset(host):
        raise _refused("has no valid host in it")
    # Resolvers also accept addresses such as 127.1, 0x7f000001, 017700000001 and 2130706433.
    last = host.rpartition(".")[2]
    return _address(IPv4Address, host) if last.isdigit() or last.startswith("0x") else host


def _address(kind: type[IPv4Address] | type[IPv6Address], host: str) -> str:
    try:
        if "%" in host:  # a zone id, which names a network interface of this machine
            raise AddressValueError
        return str(kind(host))
    except AddressValueError:
        raise _refused("has no valid address in it") from None


def _refused(reason: str) -> NotFetched:
    return NotFetched("url_not_allowed", reason)
