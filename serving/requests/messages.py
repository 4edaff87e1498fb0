"""Requests and responses, independent of their envelopes."""

from binascii import a2b_base64
from collections.abc import Mapping

import msgspec

from serving.requests.errors import Invalid, Refused

JSON = "application/json"

# For every answer: no browser may guess its type, and no cache may keep it.
COMMON_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


class Request(msgspec.Struct, frozen=True):
    """A request as routes see it. Header names are lower case; `query` is still encoded."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: str | bytes = b""
    base64: bool = False
    # Set instead of `body` for a direct invocation, which sends an object rather than bytes.
    value: object = msgspec.UNSET
    # Why the event could not be read at all.
    refused: Refused | None = None

    @property
    def is_parsed(self) -> bool:
        return self.value is not msgspec.UNSET

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def content(self, limit: int) -> bytes:
        """The bytes of the body. Refuses a body of more than `limit` bytes."""
        size = len(self.body) * 3 // 4 - 2 if self.base64 else len(self.body)
        if size > limit:
            raise _too_large(limit)
        content = self._bytes()
        if len(content) > limit:
            raise _too_large(limit)
        return content

    def parameters(self) -> list[tuple[str, str]]:
        """The decoded names and values of the query string, in order."""
        if not self.query:
            return []
        # Imported only for routes with query parameters: the import takes longer than such a request.
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
    """NumPy scalars and arrays, and anything else with `tolist()`, as plain Python objects."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"An answer cannot hold {type(value).__name__}: it is written as JSON.")


_encode = msgspec.json.Encoder(enc_hook=plain).encode


def finished(response: Response, phases: Mapping[str, float]) -> Response:
    """The response with the common headers and the duration of each phase, in milliseconds."""
    timing = ", ".join(f"{name};dur={ms}" for name, ms in phases.items())
    return Response(response.status, response.body, {**COMMON_HEADERS, "server-timing": timing, **response.headers})


def _too_large(limit: int) -> Refused:
    return Refused(413, f"The body is larger than {limit:,} bytes, the most taken.", code="body_too_large")
