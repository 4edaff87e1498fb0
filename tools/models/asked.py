"""Sends requests to a folder's app, in this process, without a server.

    python tools models.asked FOLDER < REQUESTS    print [status, body] of each, as JSON

A request has the form of an event's: method, path and body.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import serving


def main(folder: Path, requests: list[dict[str, Any]]) -> list[tuple[int, Any]]:
    sys.path.insert(0, str(folder))
    app: Any = importlib.import_module("app.main")
    return [answer(app.handler, request) for request in requests]


def answer(handler: Any, request: dict[str, Any]) -> tuple[int, Any]:
    body = json.dumps(request["body"]) if "body" in request else b""
    response = handler.respond(serving.Request(request["method"], request["path"], "", {}, body), "none")
    return response.status, json.loads(response.body)


if __name__ == "__main__":
    # A handler prints its log; stdout is reserved for the answers.
    with contextlib.redirect_stdout(sys.stderr):
        found = main(Path(sys.argv[1]), json.load(sys.stdin))
    json.dump(found, sys.stdout)
