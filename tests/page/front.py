"""A gateway that does what a test says: wait, refuse, stand below a path."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event
from typing import Any

BASE = "/a-stage/sums"
# What Lambda takes, and the gateway before it no longer hands on.
MOST = 6 * 1024 * 1024
# What an answer comes down to, in JavaScript: undefined while none is shown.
HEADLINE = "document.querySelector('#answer .headline')?.innerText"


class Front:
    """In front of a handler: below a path that it takes away, as another server or API Gateway does."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        # While it is clear, nothing that is posted is answered.
        self.answers = Event()
        self.answers.set()
        # What the gateway says instead of the model, and the headers of what reached it.
        self.instead: tuple[int, Any] | None = None
        self.is_gone = False
        self.sent: list[dict[str, str]] = []

    def __call__(self, event: dict[str, Any]) -> Any:
        event["rawPath"] = event["rawPath"].removeprefix(BASE)
        if event["requestContext"]["http"]["method"] != "POST":
            return self._handler(event)
        self.sent.append(event["headers"])
        self.answers.wait(30)
        if self.is_gone:
            raise ConnectionAbortedError("the connection ends without an answer")
        if self.instead:
            return _said(*self.instead)
        if len(json.dumps(event)) > MOST:
            return _said(413, {"message": "Request Too Long"})
        return self._handler(event)


def _said(status: int, body: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"statusCode": status, "headers": {}, "body": text, "isBase64Encoded": False}


# Of a handler the page and what stands in front of it; it is gone when the test leaves it.
Open = Callable[[Any], AbstractContextManager[Front]]
