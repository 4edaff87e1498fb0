"""What the server itself refuses, before the handler is asked."""

from __future__ import annotations

from serving.requests.errors import Error, Refused
from serving.requests.messages import Response, json_response

RETRY_SECONDS = 1


def busy(message: str) -> Refused:
    return Refused(503, message, code="busy", headers={"retry-after": str(RETRY_SECONDS)})


def refusal(refused: Refused, request_id: str) -> Response:
    error = Error(refused.message, refused.code, refused.field, request_id)
    return json_response(error, refused.status, refused.headers)
