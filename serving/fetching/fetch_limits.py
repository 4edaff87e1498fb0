"""The limits and the result of a fetch, separate from the fetching, which takes much longer to import."""

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """The limits of a fetch, and the type it accepts, such as "image/*", or "*/*" for any."""

    accept: str = "*/*"
    max_bytes: int = 10 * 1024 * 1024
    seconds: float = 5.0


class Fetched(msgspec.Struct, frozen=True):
    """The content of a URL, and the content type that its server claims."""

    body: bytes
    content_type: str
