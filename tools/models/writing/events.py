"""events/ of a new folder: the framework's answers, a refusal, and health."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

HEALTH = {
    "request": {"method": "GET", "path": "/health"},
    "answer": {"status": 200, "body": {"status": "ok"}},
    "ignore": ["name"],
}


PATH = "/predict"


def request(body: Any, path: str = PATH) -> dict[str, Any]:
    return {"method": "POST", "path": path, "body": body}


def good(body: Any, answer: Any, tolerance: dict[str, float], path: str = PATH) -> dict[str, Any]:
    """The tolerance is the same as in the check against the framework."""
    return {
        "request": request(body, path),
        "answer": {"status": 200, "body": answer},
        "tolerance": dict.fromkeys(answer if isinstance(answer, dict) else [""], tolerance),
    }


def refusal(body: Any, status: int, answer: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in answer.items() if key != "request_id"}
    return {"request": request(body), "answer": {"status": status, "body": kept}, "ignore": ["request_id"]}


def write(folder: Path, events: dict[str, dict[str, Any]], files: list[Path]) -> None:
    folder.mkdir()
    for file in files:
        shutil.copyfile(file, folder / file.name)
    for name, event in events.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in event.items()]
        (folder / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
