"""Fetches an untrusted URL. This is a security boundary.

The dangers are a URL that makes us read what only we can reach (metadata services, machines in our network, this
machine), and a server that keeps us waiting or sends without end. So:

- only http and https, only ports 80 and 443, no user name in the URL;
- a name is resolved once, all its addresses must be public, and the connection goes to a checked
  address, while Host header, SNI and certificate use the name;
- each redirect is checked like a new URL; three at most; never from https to http;
- one deadline covers everything from resolving to the last byte; one limit applies to the size;
- no proxies, cookies, credentials or compression.

SERVING_FETCH_ALLOW_PRIVATE_HOSTS lists hosts that are exempt from the rules on addresses and ports, such as
"127.0.0.1:8000,images.internal": for tests, and for networks where all callers are trusted.
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
    """The content of `url`. Raises an `Invalid` about `field` if it cannot be fetched."""
    blocking.before_stranger()
    with timer("fetch"):
        # Imported only here: with http.client and ssl it takes longer to import than the rest of this package.
        from serving.fetching import download

        try:
            return download.download(url, limits, resolve or download.resolve)
        except NotFetched as error:
            raise Invalid(f"{field} {error.reason}.", field=field, code=error.code) from None
