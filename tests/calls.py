"""HTTP to a deployed model, with the pipeline's own client: it knows the names below .localhost."""

from __future__ import annotations

from typing import Any

import events


def post(url: str, body: Any, path: str = "/predict") -> tuple[int, Any]:
    return events.send(url, {"method": "POST", "path": path, "body": body})


def get(url: str, path: str) -> tuple[int, Any]:
    return events.send(url, {"method": "GET", "path": path})
