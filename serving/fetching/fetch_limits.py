"""What a fetch may cost, and what it brings. Apart from the fetching, which is far more to import."""

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What a fetch may cost, and the type it is for: "image/*", or "*/*" for any."""

    accept: str = "*/*"
    max_bytes: int = 10 * 1024 * 1024
    seconds: float = 5.0


class Fetched(msgspec.Struct, frozen=True):
    """What a URL led to, and what its server says it is: a hint, not a fact."""

    body: bytes
    content_type: str
