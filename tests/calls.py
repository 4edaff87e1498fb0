"""HTTP to a deployed model, with the pipeline's own client, by the address that the pipeline printed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from tools.releases import events

DOCUMENTED_REQUEST = [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]


def post(url: str, body: Any, path: str = "/predict") -> tuple[int, Any]:
    return send(url, {"method": "POST", "path": path, "body": body})


def get(url: str, path: str) -> tuple[int, Any]:
    return send(url, {"method": "GET", "path": path})


def send(url: str, request: dict[str, Any]) -> tuple[int, Any]:
    """`url` ends with the model's own path, which is one word here."""
    return events.send(root(url), request)


def root(url: str) -> str:
    return urljoin(url, ".").removesuffix("/")
