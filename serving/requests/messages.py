"""A request and a response as they are inside, whoever delivers them."""

from binascii import a2b_base64
from collections.abc import Mapping

import msgspec

from serving.requests.errors import Invalid, Refused

JSON = "application/json"

# On every answer: nothing we send should be guessed at or kept by someone in between.
COMMON_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


class Request(msgspec.Struct, frozen=True):
    """A request as routes see it. Header names are lower case; `query` is still encoded."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: str | bytes = b""
    base64: bool = False
    # Set instead of `body` by a sender that has no bytes, only objects: a direct invocation.
    value: object = msgspec.UNSET
    # Why what came could not be read at all.
    refused: Refused | None = None

    @property
    def is_parsed(self) -> bool:
        return self.value is not msgspec.UNSET

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters; empty if the sender named none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def content(self, limit: int) -> bytes:
        """The body's bytes, at most `limit` of them."""
        size = len(self.body) * 3 // 4 - 2 if self.base64 else len(self.body)
        if size > limit:
            raise _too_large(limit)
        content = self._bytes()
        if len(content) > limit:
            raise _too_large(limit)
        return content

    def parameters(self) -> list[tuple[str, str]]:
        """The query string's names and values, decoded, in order."""
        if not self.query:
            return []
        # Only routes with query parameters need it, and it takes longer to import than they to run.
        from urllib.parse import parse_qsl

        return parse_qsl(self.query, keep_blank_values=True)

    def _bytes(self) -> bytes:
        if self.base64:
            try:
                return a2b_base64(self.body, strict_mode=True)
            except ValueError:
                raise Invalid("The body is marked as base64 and is not base64.", code="not_base64") from None
        if isinstance(self.body, bytes):
            return self.body
        try:
            return self.body.encode()
        except UnicodeEncodeError:
            raise Invalid("The body is not valid UTF-8.", code="not_utf8") from None


class Response(msgspec.Struct):
    """An answer: a status, bytes, and headers with lower-case names."""

    status: int
    body: bytes
    headers: dict[str, str]


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as JSON."""
    return Response(status, _encode(value), {"content-type": JSON, **(headers or {})})


def plain(value: object) -> object:
    """A number or an array of NumPy's, and whatever else can say what it holds."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"An answer cannot hold {type(value).__name__}: it is written as JSON.")


_encode = msgspec.json.Encoder(enc_hook=plain).encode


def finished(response: Response, phases: Mapping[str, float]) -> Response:
    """What every answer carries, and how long each phase of it took, in milliseconds."""
    timing = ", ".join(f"{name};dur={ms}" for name, ms in phases.items())
    return Response(response.status, response.body, {**COMMON_HEADERS, "server-timing": timing, **response.headers})


def _too_large(limit: int) -> Refused:
    return Refused(413, f"The body is larger than {limit:,} bytes, the most taken.", code="body_too_large")
