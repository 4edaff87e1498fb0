"""What a MiniStack that ended in the middle has left behind, mended before the next one starts.

MiniStack writes most of what it knows when it is stopped, but objects at once. Killed, it leaves buckets that
nothing else knows, and that no stack could ever make again. Stopped during a deployment, it leaves a stack on
which an operation is under way that nobody works on, and that everybody would wait for.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

# What each interrupted operation has come to. CloudFormation can go on from all of these.
ENDED = {
    "REVIEW_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "CREATE_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}


def mend(state: Path, objects: Path) -> None:
    end_operations(state / "cloudformation.json")
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
        whole = path.with_suffix(".mended")
        whole.write_text(json.dumps(saved))
        whole.replace(path)


def drop_unknown_buckets(path: Path, objects: Path) -> None:
    """The keys of the saved buckets are ACCOUNT\\0'NAME'; the objects are below ACCOUNT/NAME."""
    saved = read(path).get("payload", {}).get("buckets_meta", {}).get("data", {})
    known = {tuple(key.replace("'", "").split("\0")) for key in saved}
    for bucket in objects.glob("[0-9]*/*"):
        if (bucket.parent.name, bucket.name) not in known:
            shutil.rmtree(bucket)
