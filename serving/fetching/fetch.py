"""Fetching a URL that a stranger gave us. This is a security boundary.

The danger is a URL that makes us read for a stranger what only we can reach: metadata services,
machines in our network, ourselves; and a server that keeps us waiting or sends without end. So:

- http and https; ports 80 and 443; no user name in the URL;
- a name is resolved once, all its addresses must be public, and the connection goes to what was
  checked, while Host, SNI and certificate are those of the name;
- each redirect is a new URL to check; three at most; never from https to http;
- one deadline for all of it, resolving and the last byte included; one limit on size;
- no proxies, cookies, credentials or compression.

SERVING_FETCH_ALLOW_PRIVATE_HOSTS names hosts that the rules on addresses and ports do not concern,
"127.0.0.1:8000,images.internal": for tests, and for networks that no stranger sends requests into.
"""

from collections.abc import Callable

from serving import blocking
from serving.fetching.fetch_limits import Fetched, Limits
from serving.requests.errors import Invalid, NotFetched
from serving.timing import timer

DEFAULT_LIMITS = Limits()


def fetch(
    url: str,
    limits: Limits = DEFAULT_LIMITS,
    *,
    field: str = "input_url",
    resolve: Callable[[str, int], list[str]] | None = None,
) -> Fetched:
    """The content behind `url`; an `Invalid` about `field` when there is none to be had."""
    blocking.before()
    with timer("fetch"):
        # With http.client and ssl, more to import than all the rest of this package.
        from serving.fetching import download

        try:
            return download.download(url, limits, resolve or download.resolve)
        except NotFetched as error:
            raise Invalid(f"{field} {error.reason}.", field=field, code=error.code) from None
