"""Repairs the state that a MiniStack has left, before the next one starts.

MiniStack saves most of its state when it is stopped, but objects at once. If it is killed, buckets remain that nothing
else knows, and that no stack could make again. If it is stopped during a deployment, a stack remains whose state says
that an operation is in progress; nothing works on it, yet everybody would wait for it. And on another port, it would
still use the old one in the addresses of what is deployed.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

# The state after each interrupted operation. CloudFormation can continue from all of these.
ENDED = {
    "CREATE_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}


def mend(state: Path, objects: Path, ports: tuple[int, int]) -> None:
    end_operations(state / "cloudformation.json")
    move(state, *ports)
    drop_unknown_buckets(state / "s3.json", objects)


def read(path: Path) -> dict[str, Any]:
    try:
        saved = json.loads(path.read_text())
        return saved if isinstance(saved, dict) else {}
    except (OSError, ValueError):
        return {}


def end_operations(path: Path) -> None:
    saved = read(path)
    changed = False
    for stack in saved.get("payload", {}).get("stacks", {}).get("data", {}).values():
        if stack["StackStatus"] in ENDED:
            stack["StackStatus"] = ENDED[stack["StackStatus"]]
            changed = True
    if changed:
        write(path, json.dumps(saved))


def move(state: Path, old: int, new: int) -> None:
    """This changes the functions, so their next deployment may publish a version."""
    if old == new:
        return
    for path in state.glob("*.json"):
        write(path, re.sub(rf"localhost:{old}(?!\d)", f"localhost:{new}", path.read_text()))
    functions = read(state / "lambda.json")
    for function in functions.get("payload", {}).get("functions", {}).get("data", {}).values():
        function["config"]["RevisionId"] = str(uuid.uuid4())
    if functions:
        write(state / "lambda.json", json.dumps(functions))


def write(path: Path, text: str) -> None:
    whole = path.with_suffix(".mended")
    whole.write_text(text)
    whole.replace(path)


def drop_unknown_buckets(path: Path, objects: Path) -> None:
    """The keys of the saved buckets are ACCOUNT\\0'NAME'; the objects are below ACCOUNT/NAME."""
    saved = read(path).get("payload", {}).get("buckets_meta", {}).get("data", {})
    known = {tuple(key.replace("'", "").split("\0")) for key in saved}
    for bucket in objects.glob("[0-9]*/*"):
        if (bucket.parent.name, bucket.name) not in known:
            shutil.rmtree(bucket)
