"""The errors that callers see: one type, one list of codes, one exception to raise."""

from collections.abc import Mapping
from typing import Literal

import msgspec

# Callers branch on these codes: they may be added to, but never renamed. Folders may add their own.
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
    """The body of every error answer."""

    message: str
    code: str
    field: str | None
    request_id: str


# A name or a value that a caller has invented can be as long as a body.
_LONGEST_MESSAGE, _LONGEST_FIELD = 1000, 200


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "…"


def writable(text: str) -> str:
    """The text with lone surrogates escaped, which a caller may have sent and UTF-8 cannot encode."""
    return text.encode(errors="backslashreplace").decode()


class Refused(Exception):
    """A request that is refused, with the status and message for the caller."""

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
        self.message = writable(cut(message, _LONGEST_MESSAGE))
        self.code = code
        self.field = field and writable(cut(field, _LONGEST_FIELD))
        self.headers = headers or {}


class Invalid(Refused):
    """Raised by `predict` for a value that it cannot use. The caller gets a 400 with the message."""

    def __init__(self, message: str, *, field: str | None = None, code: str = "invalid_value") -> None:
        super().__init__(400, message, code=code, field=field)


class NotFetched(Exception):
    """A failed fetch. `reason` completes a sentence that begins with the name of the URL's field."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
