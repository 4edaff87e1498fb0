"""Errors as callers see them: one shape, one list of codes, one exception to raise."""

from collections.abc import Mapping
from typing import Literal

import msgspec

# Callers branch on these: a code may be added, never renamed. A folder may raise codes of its own.
Code = Literal[
    # The body as a whole
    "no_body",
    "not_base64",
    "not_utf8",
    "not_json",
    "too_deep",
    "body_too_large",
    "unsupported_media_type",
    # One value in it
    "missing_field",
    "unknown_field",
    "wrong_type",
    "wrong_length",
    "not_finite",
    "out_of_range",
    "invalid_value",
    # A URL given as input
    "url_not_allowed",
    "fetch_failed",
    "fetch_timeout",
    "fetch_too_large",
    "fetch_wrong_type",
    # The address of the request
    "not_found",
    "method_not_allowed",
    # Ours
    "internal_error",
]


class Error(msgspec.Struct):
    """The body of every answer that is not a success."""

    message: str
    code: str
    field: str | None
    request_id: str


def writable(text: str) -> str:
    """A text that quotes a caller, without the halves of characters that cannot be written out."""
    return text.encode(errors="backslashreplace").decode()


class Refused(Exception):
    """A request we understood well enough to say what is wrong with it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = writable(message)
        self.code = code
        self.field = field and writable(field)
        self.headers = headers or {}


class Invalid(Refused):
    """What `predict` raises for a value it cannot use: the caller gets a 400 that says so."""

    def __init__(self, message: str, *, field: str | None = None, code: str = "invalid_value") -> None:
        super().__init__(400, message, code=code, field=field)


class NotFetched(Exception):
    """Why a URL led to nothing, as the end of a sentence that begins with the URL's field."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
