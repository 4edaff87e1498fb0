"""HTTP calls to a deployed model, by the pipeline's own client, which resolves names below .localhost."""

from __future__ import annotations

from typing import Any

from tools.releases import events

DOCUMENTED_REQUEST = [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]


def post(url: str, body: Any, path: str = "/predict") -> tuple[int, Any]:
    return events.send(url, {"method": "POST", "path": path, "body": body})


def get(url: str, path: str) -> tuple[int, Any]:
    return events.send(url, {"method": "GET", "path": path})
