"""Write a version's answers into the folder's events, where they differ from what is expected.

    python tools releases.record FUNCTION VERSION FOLDER/events           print what would change
    python tools releases.record FUNCTION VERSION FOLDER/events --write   and change it

For a model that has changed on purpose. Only expected answers change; those that match within tolerance stay. Exit
status 3: something would change.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tools.aws import clients
from tools.releases import comparison, event_files, events, gate, invocation

CHANGED = 3


def updated(event: dict[str, Any], expected: Any, status: int, body: Any) -> dict[str, Any]:
    """The file's new answer; keys whose values differ from call to call stay as they were."""
    if isinstance(body, dict) and isinstance(expected, dict):
        body = body | {key: expected[key] for key in event.get("ignore", ()) if key in expected and key in body}
    return {"status": status, "body": body}


def main(function: str, version: str, folder: str, *options: str) -> int:
    if reason := gate.not_started(clients.client("lambda"), function, version):
        sys.exit(f"          version {version} does not start: {reason}")
    ask = invocation.Version(function, version)
    facts = events.health(ask)
    changed = 0
    for path in event_files.paths(Path(folder)):
        event = event_files.read(path)
        if not event.get("when", {}).items() <= facts.items():
            continue
        status, body = ask(event["request"])
        if status >= invocation.OWN_FAULT:
            ask.causes.tell()
            sys.exit(f"          {path.stem} is answered {status}: a failure is nothing to expect")
        if lines := comparison.compare(event, status, body):
            changed += 1
            print(f"          {path.stem}", *lines, sep="\n              ", file=sys.stderr)
            if "--write" in options:
                write(path, event, status, body)
    return CHANGED if changed and "--write" not in options else 0


def write(path: Path, event: dict[str, Any], status: int, body: Any) -> None:
    """Rewrite the file with another answer; it still refers to files by name."""
    content = json.loads(path.read_text())
    content["answer"] = updated(event, content["answer"]["body"], status, body)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except event_files.Broken as problem:
        sys.exit(str(problem))
    except events.NO_ANSWER as error:
        sys.exit(f"no answer: {error}")
